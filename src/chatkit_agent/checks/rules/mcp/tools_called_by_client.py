"""Tools are called by an MCP client, and not by hand-written JSON-RPC."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.walking import within_node


@check("CK208", needs=SOURCE, severity="warning", symptoms=("stream_error", "silent"))
def tools_called_by_client(chat: Anatomy) -> Iterator[Finding]:
    """Only servers without sessions answer that."""
    for module in chat.code.modules:
        for node in within_node(module.node, cst.Dict):
            if _is_call(node):
                yield Finding(
                    what="Tools are called with JSON-RPC written by hand, which only servers "
                    "answer that keep no session: others refuse it with 400 or 404.",
                    where=chat.code.where(module, node),
                    evidence="A request `tools/call` is put together here, without the handshake "
                    "(`initialize`) before it.",
                    fix="Call tools through a session: `server.call_tool(name, arguments)`.",
                    cause="json-rpc",
                )


def _is_call(node: cst.Dict) -> bool:
    entries = {
        syntax.text(each.key): syntax.text(each.value)
        for each in node.elements
        if isinstance(each, cst.DictElement)
    }
    return "jsonrpc" in entries and entries.get("method") == "tools/call"
