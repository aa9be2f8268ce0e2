"""Tool calls, and the tokens in them, are not written to the log."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.logs import levels


@check("CK306", needs=SOURCE, severity="warning", symptoms=("leaks",))
def tool_logs_quiet(chat: Anatomy) -> Iterator[Finding]:
    """At level DEBUG the MCP client does that."""
    if not chat.connections:
        return
    known = list(levels(chat.code))
    of_client = [each for each in known if each.logger.partition(".")[0] == "mcp"]
    loud = next((each for each in of_client if each.is_debug), None)
    if loud is not None:
        yield _finding(chat, loud.call, "The MCP client's own logger is set to DEBUG.")
    elif not of_client:
        root = next((each for each in known if not each.logger and each.is_debug), None)
        if root is not None:
            written = syntax.code(root.given)[:100]
            yield _finding(chat, root.call, f"The level of all loggers is `{written}`.")


def _finding(chat: Anatomy, call: Call, evidence: str) -> Finding:
    return Finding(
        what="At level DEBUG the MCP client writes the arguments of tools to the log, and with "
        "them the tokens that some take.",
        where=call.where,
        evidence=evidence,
        fix='Say `logging.getLogger("mcp").setLevel(logging.INFO)` after all other settings.',
        edit="quiet_tool_logs" if call.method == "basicConfig" else None,
        cause="tool logs",
    )
