"""A client and an address of two transports are found, in source and in the environment."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.mcp.transport_fits import transport_fits
from tests.checks.rules.conftest import Findings

SERVER = """\
from agents.mcp import MCPServerSse, MCPServerStreamableHttp
from chatkit.server import ChatKitServer
tools = {call}
"""


@pytest.mark.parametrize(
    ("call", "env"),
    [
        ('MCPServerStreamableHttp(params={"url": "http://tools/sse"})', ""),
        ('MCPServerSse(params={"url": "http://tools/mcp/"})', ""),
        ('MCPServerStreamableHttp(params={"url": URL})', "MCP_SERVER_URL=http://hunter2/sse\n"),
    ],
)
def test_found(findings: Findings, call: str, env: str) -> None:
    files = {"app/server.py": SERVER.replace("{call}", call), ".env": env}
    (finding,) = findings(transport_fits, files)
    assert finding.where == "app/server.py:3"
    assert "hunter2" not in repr(finding)


@pytest.mark.parametrize(
    ("call", "env"),
    [
        ('MCPServerStreamableHttp(params={"url": "http://tools/mcp"})', "MCP_X=http://other/sse\n"),
        ('MCPServerSse(params={"url": URL})', "MCP_SERVER_URL=http://tools/sse\n"),
        ('MCPServerStreamableHttp(params={"url": URL})', "PAGE=http://tools/sse\n"),
    ],
)
def test_quiet(findings: Findings, call: str, env: str) -> None:
    assert not findings(
        transport_fits, {"app/server.py": SERVER.replace("{call}", call), ".env": env}
    )
