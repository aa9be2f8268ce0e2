"""Tool calls, and the tokens in them, are not written to the log."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scopes import Call
from chatkit_agent.project.source.walking import literals, within_node

QUIET = ('getLogger("mcp', "getLogger('mcp")


@check(
    "CK306",
    "Tool calls, and the tokens in them, are not written to the log",
    needs=SOURCE,
    severity="warning",
    symptoms=("leaks",),
)
def tool_logs_quiet(chat: Anatomy) -> Iterator[Finding]:
    """Tool calls, and the tokens in them, are not written to the log: at level DEBUG the MCP
    client does that.
    """
    if not chat.connections:
        return
    for call in chat.code.calls:
        if _is_of_client(chat, call):
            yield _finding(chat, call, "The MCP client's own logger is set to DEBUG.")
            return
    if any(word in chat.code.sources.code(file) for file in chat.code.files for word in QUIET):
        return
    for call in chat.code.calls:
        level = call.argument("level", None if call.method == "basicConfig" else 0)
        is_root = call.method == "basicConfig" or _is_of_root(call)
        if is_root and level is not None and "DEBUG" in syntax.code(level):
            written = syntax.code(level)[:100]
            yield _finding(chat, call, f"The level of all loggers is `{written}`.")
            return


def _is_of_root(call: Call) -> bool:
    """`logging.getLogger().setLevel(...)`"""
    return syntax.code(call.node.func).endswith("getLogger().setLevel")


def _is_of_client(chat: Anatomy, call: Call) -> bool:
    """`logging.getLogger("mcp").setLevel(DEBUG)`, also for each name of a list."""
    level = call.argument("level", 0)
    if call.method != "setLevel" or level is None or "DEBUG" not in syntax.code(level):
        return False
    if '"mcp' in syntax.code(call.node).replace("'", '"'):
        return True
    for loop in within_node(call.scope.node, cst.For):
        if call.node in within_node(loop.body, cst.Call):
            return any(text.split(".")[0] == "mcp" for _, text in literals(loop.iter))
    return False


def _finding(chat: Anatomy, call: Call, evidence: str) -> Finding:
    return Finding(
        what="At level DEBUG the MCP client writes the arguments of tools to the log, and with "
        "them the tokens that some take.",
        where=chat.code.where(call.scope, call.node),
        evidence=evidence,
        fix='Say `logging.getLogger("mcp").setLevel(logging.INFO)` after all other settings.',
        edit="quiet_tool_logs" if call.method == "basicConfig" else None,
        cause="tool logs",
    )
