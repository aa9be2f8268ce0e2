"""The headers of a connection are set when it is made, and not changed later."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import within_node


@check("CK202", needs=PROJECT, symptoms=("token_missing", "mixed_up", "unauthorized"))
def headers_set_before_connecting(evidence: Evidence) -> Iterator[Finding]:
    """The HTTP client is built once, and goes on with the first person's token."""
    chat = evidence.chat
    for scope in chat.code.functions if chat.connections or chat.tool_servers else ():
        for node, name in _changes(scope):
            if not _before_connecting(evidence, scope, node, name):
                yield Finding(
                    what="The token that is set reaches no tool, or another person's stays: the "
                    "HTTP client of a connection is built once, with the headers of that moment.",
                    where=chat.code.where(scope, node),
                    evidence=f"`{syntax.code(node)}` changes a connection that is made already.",
                    fix="Make the connection with its headers, one for each turn.",
                    cause="tools token",
                )


def _changes(scope: Scope) -> Iterator[tuple[cst.CSTNode, str]]:
    """`server.params["headers"]["Authorization"] = ...`, and `update` of these."""
    if not isinstance(scope.node, cst.FunctionDef):
        return
    for target in within_node(scope.node.body, cst.AssignTarget):
        written = syntax.code(target.target)
        if ".params[" in written and "headers" in written:
            yield target.target, written.partition(".params")[0]
    for call in within_node(scope.node.body, cst.Call):
        written = syntax.code(call.func)
        if ".params[" in written and "headers" in written and written.endswith(".update"):
            yield call, written.partition(".params")[0]


def _before_connecting(evidence: Evidence, scope: Scope, node: cst.CSTNode, name: str) -> bool:
    """Whether the connection is made here, and connected only below."""
    chat, code = evidence.chat, evidence.chat.code
    made = name == "self" and scope.owner in chat.tool_servers
    if made and scope.name.endswith("__init__"):
        return True
    made = made or any(each.target == name for each in syntax.assignments(scope.node))
    line = code.line(scope.file, node)
    connects = [
        code.line(scope.file, call.node)
        for call in code.inside(scope)
        if call.written in (f"{name}.connect", "super().connect")
    ]
    return made and bool(connects) and min(connects) > line
