"""A connection around the whole turn is found; the manager, and a connection elsewhere, are not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.diagnoses.source.chat_works_without_tools import chat_works_without_tools
from chatkit_agent.findings import Finding

Findings = Callable[..., list[Finding]]
SERVER = """\
from agents import Runner
from agents.mcp import MCPServerManager, MCPServerStreamableHttp
from chatkit.server import ChatKitServer
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        try:
            async with {opened} as tools:
                {line}
        except {kind}:
            raise
"""
RUN = "yield Runner.run_streamed(agent, 'x')"


@pytest.mark.parametrize(("kind", "never"), [("ConnectionError", True), ("Exception", False)])
def test_found(findings: Findings, kind: str, never: bool) -> None:
    server = SERVER.format(opened="MCPServerStreamableHttp(params=P)", line=RUN, kind=kind)
    (finding,) = findings(chat_works_without_tools, {"app/server.py": server})
    assert finding.where == "app/server.py:7"
    assert ("never matches" in finding.evidence) == never


@pytest.mark.parametrize(
    ("opened", "line"),
    [
        ("MCPServerManager([MCPServerStreamableHttp(params=P)])", "pass"),
        ("MCPServerStreamableHttp(params=P)", "names = await tools.list_tools(); yield names"),
    ],
)
def test_quiet(findings: Findings, opened: str, line: str) -> None:
    server = SERVER.format(opened=opened, line=line, kind="Exception")
    assert not findings(chat_works_without_tools, {"app/server.py": server})
