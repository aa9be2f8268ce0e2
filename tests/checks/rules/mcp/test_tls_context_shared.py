"""A connection in each turn without a factory is told as an info; one with it, or elsewhere, is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.mcp.tls_context_shared import tls_context_shared

Findings = Callable[..., list[Finding]]
SERVER = """\
from agents.mcp import MCPServerStdio, MCPServerStreamableHttp
from chatkit.server import ChatKitServer
class Server(ChatKitServer[dict]):
    async def {method}(self, thread, item, context):
        yield {call}
"""


def test_found(findings: Findings) -> None:
    call = 'MCPServerStreamableHttp(params={"url": URL})'
    server = SERVER.format(method="respond", call=call)
    (finding,) = findings(tls_context_shared, {"app/server.py": server})
    assert (finding.where, finding.severity) == ("app/server.py:5", "info")


@pytest.mark.parametrize(
    ("method", "call"),
    [
        ("respond", 'MCPServerStreamableHttp(params={"httpx_client_factory": make})'),
        ("respond", "MCPServerStdio(params=P)"),
        ("__init__", "MCPServerStreamableHttp(params=P)"),
    ],
)
def test_quiet(findings: Findings, method: str, call: str) -> None:
    server = SERVER.format(method=method, call=call)
    assert not findings(tls_context_shared, {"app/server.py": server})
