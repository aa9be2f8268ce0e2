"""The client of an MCP server speaks the transport that its address is for."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.values import members

WRONG = {"MCPServerStreamableHttp": "sse", "MCPServerSse": "mcp"}
OTHER = {"MCPServerStreamableHttp": "MCPServerSse", "MCPServerSse": "MCPServerStreamableHttp"}


@check("CK206", needs=PROJECT, symptoms=("stream_error", "silent"))
def transport_fits(evidence: Evidence) -> Iterator[Finding]:
    """`/sse` is none of streamable HTTP, `/mcp` none of SSE."""
    chat = evidence.chat
    for call in chat.connections:
        wrong = WRONG.get(call.method)
        for where, last in _addresses(evidence, chat, call) if wrong else ():
            if last == wrong:
                yield Finding(
                    what="No tool can be called: the client and the address are of two different "
                    "transports.",
                    where=call.where,
                    evidence=f"`{call.method}` is given an address that ends in `/{last}` "
                    f"({where}).",
                    fix=f"Use `{OTHER[call.method]}`, or the server's other address.",
                    cause="transport",
                )


def _addresses(evidence: Evidence, chat: Anatomy, call: Call) -> Iterator[tuple[str, str]]:
    """Where an address stands, and the last part of its path; nothing else of it is told."""
    values = [value for _, value in members(call.value("params", 0)) or ()]
    found = [chat.code.text(call.scope, each) or "" for each in values]
    written = [text for text in found if text.startswith("http")]
    for text in written:
        yield call.where, _last(text)
    if not written and len({each.method for each in chat.connections}) == 1:
        for each in evidence.settings:
            if "MCP" in each.name.upper() and each.value.startswith("http") and not each.is_example:
                yield each.where, _last(each.value)


def _last(url: str) -> str:
    return urlsplit(url).path.rstrip("/").rpartition("/")[2].lower()
