"""An MCP server that is mounted in the application is started with it."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.code import Code
from chatkit_agent.project.source.folders import is_side_file
from chatkit_agent.project.source.meaning import names_used
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import last_name, within_node

APPS = {"streamable_http_app", "http_app"}
STARTING = {"session_manager", "lifespan_context", "combine_lifespans"}


@check("CK216", needs=PROJECT, symptoms=("stream_error", "silent", "server_error"))
def session_manager_runs(evidence: Evidence) -> Iterator[Finding]:
    """`app.mount("/mcp", mcp.streamable_http_app())` mounts the routes only: a mounted
    application's lifespan is not run, and every call of a tool ends with "Task group is not
    initialized". The application that mounts it has to run the session manager in its own lifespan.
    """
    for file in evidence.sources.holding(*(each.encode() for each in APPS)):
        if is_side_file(file):
            continue
        module = Scope(file, evidence.sources.module(file))
        code = Code(evidence.sources, (file,))
        for call in within_node(module.node, cst.Call):
            mounted = _mounted_app(module, call)
            if mounted and not _is_started(evidence, module):
                yield Finding(
                    what="The tools never answer: nothing starts the MCP server that is mounted "
                    "in the application.",
                    where=code.where(module, call),
                    evidence=f"`{mounted}` is mounted, and no lifespan runs its session manager.",
                    fix="Run it in the application's lifespan: "
                    "`async with mcp.session_manager.run(): yield`; of FastMCP 2, give "
                    "`FastAPI(lifespan=mcp_app.lifespan)`.",
                    cause="tools session manager",
                )


def _mounted_app(module: Scope, call: cst.Call) -> str:
    """The MCP application that a `mount` or a `Mount` is given, in place or by a name."""
    name = last_name(call.func)
    if name not in ("mount", "Mount"):
        return ""
    given = syntax.argument(call, "app", 1)
    held = {each.target: each.value for each in _assignments(module)}
    value = held.get(syntax.dotted(given) or "", given)
    is_mcp = isinstance(value, cst.Call) and isinstance(value.func, cst.Attribute)
    if isinstance(value, cst.Call) and is_mcp and isinstance(value.func, cst.Attribute):
        return syntax.code(value) if value.func.attr.value in APPS else ""
    return ""


def _assignments(module: Scope) -> Iterator[syntax.Assignment]:
    yield from syntax.assignments(module.node)
    for function in within_node(module.node, cst.FunctionDef):
        yield from syntax.assignments(function)


def _is_started(evidence: Evidence, module: Scope) -> bool:
    """Whether any file beside tests runs a session manager, or the lifespan of that application."""
    if STARTING & names_used(module.node):
        return True
    for call in within_node(module.node, cst.Call):
        given = syntax.argument(call, "lifespan")
        if isinstance(given, cst.Attribute) and given.attr.value == "lifespan":
            return True
    for each in within_node(module.node, cst.Attribute):
        if each.attr.value == "lifespan" and syntax.dotted(each.value) not in ("self", "app"):
            return True
    others = evidence.sources.holding(b"session_manager")
    return any(
        "session_manager" in names_used(evidence.sources.module(file))
        for file in others
        if not is_side_file(file)
    )
