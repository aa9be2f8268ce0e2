"""A database session of the application is given back before the answer is streamed."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst
from packaging.specifiers import SpecifierSet

from chatkit_agent.evidence.static import Observations
from chatkit_agent.findings import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.injection import injected_function, targets
from chatkit_agent.project.source.scopes import within_node

EARLY = SpecifierSet(">=0.106,<0.118", prereleases=True)
"""With these, what depends is ended before anything is sent."""


def session_given_back(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
    fastapi = observations.packages.version("fastapi")
    if fastapi and fastapi.text in EARLY:
        return
    for endpoint in chat.endpoints:
        held = next(_held(observations, endpoint.file, endpoint.node), None)
        if held:
            where, name, line = held
            yield Finding(
                what="Each answer holds a database session for as long as it streams: as many "
                "answers as the pool has sessions stop the rest of the application.",
                where=f"{where}:{line}",
                evidence=f"`{endpoint.name}` depends on `{name}`, which gives its session back "
                "when the response has ended.",
                fix='Write `Depends(..., scope="function")`, or open the session where it is '
                "needed.",
                severity="warning",
                cause="session held",
                explains=("slow", "server_error", "cut_off"),
            )


def _held(
    observations: Observations, file: str, node: cst.CSTNode, depth: int = 5
) -> Iterator[tuple[str, str, int]]:
    """The dependencies that yield, through those that they depend on."""
    sources, code = observations.sources, observations.chat.code
    if not isinstance(node, cst.FunctionDef) or not depth:
        return
    early = _early(node)
    for target in targets(sources, file, node):
        symbol = sources.resolve(target.file, syntax.dotted(target.value))
        inner = injected_function(sources, symbol)
        if inner is None or syntax.code(target.value) in early:
            continue
        path, function = inner
        if any(within_node(function.body, cst.Yield)):
            yield path, function.name.value, code.line(path, function.name)
        yield from _held(observations, path, function, depth - 1)


def _early(function: cst.FunctionDef) -> set[str]:
    """What stands in `Depends(..., scope="function")`."""
    found = set()
    for call in within_node(function.params, cst.Call):
        if syntax.text(syntax.argument(call, "scope")) == "function":
            given = syntax.argument(call, "dependency", 0)
            found |= {syntax.code(given)} if given is not None else set()
    return found
