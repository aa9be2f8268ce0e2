"""Each entry in the lists of tools is a tool."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from difflib import get_close_matches

import libcst as cst

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.meaning import texts_of
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import decorating, last_name, within_node

OF_ROUTES, ROUTE_TOOLS, ALIKE = "RouteTools", "chatkit_runtime/route_tools.py", 0.75
FILTERS = {"create_static_tool_filter", "ToolFilterStatic"}


@check("CK217", needs=PROJECT, symptoms=("does_not_start", "stream_error", "silent"))
def tool_names_known(evidence: Evidence) -> Iterator[Finding]:
    """`tools=[search, "lookup"]`: a name that nothing defines ends the turn, or the start, with a
    NameError; a text, a function without `@function_tool`, or a call of one with it, is no tool.
    Where the MCP server is part of the project, the names that a
    filter lets through are compared with its tools. A route that is named as a tool is one of the
    application's; told where one of a like path is.
    """
    chat = evidence.chat
    yield from _routes_misspelt(evidence)
    for call in chat.agents:
        given = call.value("tools")
        for each in given.elements if isinstance(given, cst.List | cst.Tuple) else ():
            if problem := _problem(chat, call, each.value):
                yield _finding(chat, call, each.value, problem)
    own = _own_tools(chat)
    for call in chat.code.calls:
        if call.method in FILTERS and own:
            allowed = call.value("allowed_tool_names", 0)
            names = texts_of(chat.code, call.scope, allowed) or []
            for name in names:
                if name not in own:
                    shown = f"`{name}` is let through, and the project's server has no such tool."
                    yield _finding(chat, call, call.node, shown)


def _routes_misspelt(evidence: Evidence) -> Iterator[Finding]:
    """`routes = ("GET /taks",)` of a delivered chat whose tools are routes."""
    chat = evidence.chat
    known = {each.path.lower(): each.label for each in evidence.project.routes}
    kinds = [e for e in chat.code.classes if e.name == OF_ROUTES and e.file.endswith(ROUTE_TOOLS)]
    for kind in (each for one in kinds for each in chat.code.kinds_of(one) if each is not one):
        for given in syntax.assigned_to(kind.node, "routes"):
            for label in texts_of(chat.code, kind, given.value) or ():
                method, _, path = label.partition(" ")
                near = get_close_matches(path, known, 1, ALIKE) if method == "get" else []
                if near and path not in known:
                    yield Finding(
                        what="The assistant does not have a tool that it is to have: there is no "
                        "such route.",
                        where=chat.code.where(kind, given.value),
                        evidence=f"`GET {path}` is none of the application's routes; "
                        f"`{known[near[0]]}` is.",
                        fix="Name the route as the application has it.",
                        cause="unknown tool",
                    )


def _problem(chat: Anatomy, call: Call, value: cst.BaseExpression) -> str:
    if isinstance(value, cst.SimpleString):
        return f"{value.value} is a text, and no tool."
    if isinstance(value, cst.Call):
        made = _function(chat, call, value.func)
        is_tool = made is not None and any(map(_makes_tool, decorating(made)))
        written = syntax.code(value.func)
        return f"`{written}` is a tool already, and cannot be called." if is_tool else ""
    if not isinstance(value, cst.Name) or hasattr(builtins, value.value):
        return ""
    plain = _function(chat, call, value)
    if plain is not None and not decorating(plain):
        return f"`{value.value}` is a function, and no tool: it lacks `@function_tool`."
    is_known = value.value in _names_around(call.scope)
    is_known = is_known or chat.code.resolve(call.scope, value.value) is not None
    return "" if is_known else f"Nothing here defines or imports `{value.value}`."


def _function(chat: Anatomy, call: Call, value: cst.BaseExpression) -> cst.FunctionDef | None:
    if not isinstance(value, cst.Name):
        return None
    symbol = chat.code.resolve(call.scope, value.value)
    return chat.code.sources.function(symbol) if symbol else None


def _makes_tool(mark: cst.BaseExpression) -> bool:
    made = mark.func if isinstance(mark, cst.Call) else mark
    return last_name(made) == "function_tool"


def _names_around(scope: Scope) -> set[str]:
    """Whatever binds a name in the functions and the module around."""
    found: set[str] = set()
    for each in scope.around():
        node = each.node
        if isinstance(node, cst.FunctionDef):
            params = node.params
            given = [*syntax.parameters(node), params.star_arg, params.star_kwarg]
            found |= {one.name.value for one in given if isinstance(one, cst.Param)}
        found |= {one.target for one in syntax.assignments(node)}
        found |= {name for name, _ in syntax.imports(node)}
        for function in within_node(node, cst.FunctionDef):
            found.add(function.name.value)
        found |= {kind.name.value for kind in within_node(node, cst.ClassDef)}
        parts: list[cst.CSTNode] = [target.target for target in within_node(node, cst.AssignTarget)]
        parts += [loop.target for loop in within_node(node, cst.For)]
        parts += [loop.target for loop in within_node(node, cst.CompFor)]
        parts += [named.target for named in within_node(node, cst.NamedExpr)]
        parts += [bound.name for bound in within_node(node, cst.AsName)]
        found |= {one.value for part in parts for one in within_node(part, cst.Name)}
        if any(name == "*" for name, _ in syntax.imports(node)):
            found |= {one.value for one in within_node(node, cst.Name)}
    return found


def _own_tools(chat: Anatomy) -> set[str]:
    """The tools of an MCP server in the chat's own files: `@mcp.tool()` and its like."""
    found = set()
    for scope in chat.code.functions:
        for mark in decorating(scope.node):
            call = mark if isinstance(mark, cst.Call) else None
            written = syntax.dotted(call.func if call else mark) or ""
            if written.endswith(".tool"):
                named = syntax.text(syntax.argument(call, "name", 0)) if call else None
                found.add((named or scope.last_name).lower())
    return found


def _finding(chat: Anatomy, call: Call, node: cst.CSTNode, evidence: str) -> Finding:
    return Finding(
        what="The list of tools has something that is no tool.",
        where=chat.code.where(call.scope, node),
        evidence=evidence,
        fix="Make it a tool, correct the name, or take it out of the list.",
        cause="unknown tool",
    )
