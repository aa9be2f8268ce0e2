"""Tool calls, and the tokens in them, are not written to the log."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations
from chatkit_agent.reading import syntax
from chatkit_agent.reading.scopes import Call

QUIET = ('getLogger("mcp', "getLogger('mcp")


def tool_logs_quiet(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
    if not chat.connections:
        return
    if any(word in chat.code.sources.text(file) for file in chat.code.files for word in QUIET):
        return
    for call in chat.code.calls:
        level = call.argument("level", None if call.method == "basicConfig" else 0)
        is_root = call.method == "basicConfig" or _is_of_root(call)
        if is_root and level is not None and "DEBUG" in syntax.code(level):
            yield Finding(
                what="At level DEBUG the MCP client writes the arguments of tools to the log, and "
                "with them the tokens that some take.",
                where=chat.code.where(call.scope, call.node),
                evidence=f"The level of all loggers is `{syntax.code(level)[:100]}`.",
                fix='Add `logging.getLogger("mcp").setLevel(logging.INFO)` after it.',
                severity="warning",
                edit="quiet_tool_logs",
                cause="tool logs",
                explains=("leaks",),
            )
            return


def _is_of_root(call: Call) -> bool:
    """`logging.getLogger().setLevel(...)`"""
    return syntax.code(call.node.func).endswith("getLogger().setLevel")
