"""A connection of a turn that nothing closes is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.check import Finding
from chatkit_agent.checks.rules.mcp.connections_closed import connections_closed

Findings = Callable[..., list[Finding]]

SOURCE = """\
import asyncio
import logging
from agents import Agent, Runner, function_tool
from agents.mcp import MCPServerStreamableHttp
from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer
logger = logging.getLogger(__name__)
FEW, ORDER = 20, "asc"
LOCKS = {}
BUSY = set()
@function_tool
def search(): ...
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        {line}
"""


@pytest.mark.parametrize(
    "line",
    [
        'tools = MCPServerStreamableHttp(params={"url": URL})\n        await tools.connect()\n        yield item',
        'tools = MCPServerStreamableHttp(params={"url": URL})\n        await tools.connect()\n        yield item\n        await tools.cleanup()',
    ],
)
def test_found(findings: Findings, line: str) -> None:
    found = findings(connections_closed, {"app/server.py": SOURCE.replace("{line}", line)})
    assert len(found) == 1
    assert found[0].where.startswith("app/server.py:")


@pytest.mark.parametrize(
    "line",
    [
        'async with MCPServerStreamableHttp(params={"url": URL}) as tools:\n            yield item',
        'tools = MCPServerStreamableHttp(params={"url": URL})\n        try:\n            await tools.connect()\n            yield item\n        finally:\n            await tools.cleanup()',
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    assert not findings(connections_closed, {"app/server.py": SOURCE.replace("{line}", line)})


MADE = (
    SOURCE
    + """\
    def tools_of(self, context):
        return MCPServerStreamableHttp(params={"url": URL})
"""
)


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("tools = self.tools_of(context)\n        await tools.connect()\n        yield item", 1),
        ("async with self.tools_of(context) as tools:\n            yield item", 0),
    ],
)
def test_what_a_helper_makes(findings: Findings, line: str, count: int) -> None:
    source = MADE.replace("{line}", line)
    assert len(findings(connections_closed, {"app/server.py": source})) == count
