"""Tools are called by an MCP client, and not by hand-written JSON-RPC."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.evidence.static import Observations
from chatkit_agent.findings import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.scopes import within_node


def tools_called_by_client(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
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
                    severity="warning",
                    cause="json-rpc",
                    explains=("stream_error", "silent"),
                )


def _is_call(node: cst.Dict) -> bool:
    entries = {
        syntax.text(each.key): syntax.text(each.value)
        for each in node.elements
        if isinstance(each, cst.DictElement)
    }
    return "jsonrpc" in entries and entries.get("method") == "tools/call"
