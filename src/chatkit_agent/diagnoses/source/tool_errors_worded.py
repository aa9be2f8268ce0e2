"""A tool that fails does not tell the model the text of the exception."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations
from chatkit_agent.reading import syntax
from chatkit_agent.reading.scopes import Scope, within_node


def tool_errors_worded(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
    for tool in chat.code.functions:
        returned = _told(tool) if _is_tool(tool) else None
        if returned is not None:
            yield Finding(
                what="What an exception of a tool says is told to the model, which may repeat it "
                "to the person: a URL with a password, say, or SQL.",
                where=chat.code.where(tool, returned),
                evidence=f"`{tool.name}` returns `{syntax.code(returned)[:120]}`.",
                fix="Log the exception, and return a sentence of your own.",
                severity="warning",
                cause="tool errors",
                explains=("leaks",),
            )


def _is_tool(scope: Scope) -> bool:
    if not isinstance(scope.node, cst.FunctionDef):
        return False
    marks = (each.decorator for each in scope.node.decorators)
    names = (syntax.dotted(each.func if isinstance(each, cst.Call) else each) for each in marks)
    return any((name or "").rpartition(".")[2] == "function_tool" for name in names)


def _told(tool: Scope) -> cst.Return | None:
    for handler in within_node(tool.node, cst.ExceptHandler):
        name = syntax.dotted(handler.name.name) if handler.name else None
        for each in within_node(handler.body, cst.Return):
            if name and name in {inner.value for inner in within_node(each, cst.Name)}:
                return each
    return None
