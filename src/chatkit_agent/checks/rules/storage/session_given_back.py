"""A database session of the application is given back before the answer is streamed."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst
from packaging.specifiers import SpecifierSet

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.injection import injected_function, targets_of
from chatkit_agent.project.source.kinds import package_kind
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.scopes import Code
from chatkit_agent.project.source.walking import within_node

EARLY = SpecifierSet(">=0.106,<0.118", prereleases=True)
"""With these, what depends is ended before anything is sent."""

DATABASES = {
    "sqlalchemy",
    "sqlmodel",
    "asyncpg",
    "psycopg",
    "psycopg2",
    "psycopg_pool",
    "databases",
}
DATABASES |= {"aiosqlite", "sqlite3", "tortoise", "pymongo", "motor"}


@check("CK413", needs=PROJECT, severity="warning", symptoms=("slow", "server_error", "cut_off"))
def session_given_back(evidence: Evidence) -> Iterator[Finding]:
    """A dependency that yields is ended after the response, unless it says `scope="function"`."""
    chat = evidence.chat
    fastapi = evidence.packages.version("fastapi")
    if fastapi and fastapi.text in EARLY:
        return
    for endpoint in chat.endpoints:
        held = next(_sessions(evidence, endpoint.file, endpoint.node), None)
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
                cause="session held",
            )


def _sessions(
    evidence: Evidence, file: str, node: cst.CSTNode, depth: int = 5
) -> Iterator[tuple[str, str, int]]:
    """The dependencies that yield, through those that they depend on."""
    sources, code = evidence.sources, evidence.chat.code
    if not isinstance(node, cst.FunctionDef) or not depth:
        return
    early = _early(code, node)
    given = [
        (param.name.value, target)
        for param in syntax.parameters(node)
        for target in targets_of(sources, file, param)
    ]
    for name, target in given:
        symbol = sources.resolve(target.file, syntax.dotted(target.value))
        inner = injected_function(sources, symbol)
        if inner is None or syntax.code(target.value) in early:
            continue
        path, function = inner
        if _keeps_session(code, path, function) and not _is_closed(node, name):
            yield path, function.name.value, code.line(path, function.name)
        yield from _sessions(evidence, path, function, depth - 1)


def _keeps_session(code: Code, path: str, function: cst.FunctionDef) -> bool:
    """Whether it yields what it opened of a database, as far as that is told."""
    given = {syntax.dotted(each.value) for each in within_node(function.body, cst.Yield)}
    scope = code.scope_at(function) or Scope(path, function)
    opened = [
        item.item
        for item in within_node(function.body, cst.WithItem)
        if item.asname and syntax.dotted(item.asname.name) in given
    ]
    opened += [
        each.value
        for each in syntax.assignments(function)
        if each.target in given and _is_closed(function, each.target)
    ]
    kinds = [package_kind(code, scope, each) for each in opened]
    return any(each is None or each.name.partition(".")[0] in DATABASES for each in kinds)


def _is_closed(function: cst.FunctionDef, name: str) -> bool:
    calls = (syntax.dotted(each.func) for each in within_node(function.body, cst.Call))
    return any(each in (f"{name}.close", f"{name}.aclose") for each in calls)


def _early(code: Code, function: cst.FunctionDef) -> set[str]:
    """What stands in `Depends(..., scope="function")`."""
    marks = [each for each in code.calls_in(function.params) if each.text("scope") == "function"]
    given = (each.argument("dependency", 0) for each in marks)
    return {syntax.code(each) for each in given if each is not None}
