"""A connection of a turn that nothing closes is told."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.mcp.connections_closed import connections_closed
from tests.checks.rules.conftest import TURN, Findings


@pytest.mark.parametrize(
    "line",
    [
        'tools = MCPServerStreamableHttp(params={"url": URL})\n        await tools.connect()\n        yield item',
        'tools = MCPServerStreamableHttp(params={"url": URL})\n        await tools.connect()\n        yield item\n        await tools.cleanup()',
    ],
)
def test_found(findings: Findings, line: str) -> None:
    found = findings(connections_closed, {"app/server.py": TURN.replace("{line}", line)})
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
    assert not findings(connections_closed, {"app/server.py": TURN.replace("{line}", line)})


MADE = (
    TURN
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


GIVEN = """\
from agents import Agent
from agents.mcp import MCPServerStreamableHttp as Http
from chatkit.server import ChatKitServer
def tools_of(token):
    return Http(params={"url": URL, "headers": {"Authorization": token}})
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        {line}
"""


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("yield Agent(name='a', mcp_servers=[tools_of(1)])", 1),
        ("tools = tools_of(1); yield Agent(name='a', mcp_servers=[tools])", 1),
        ("await db.open(); yield Agent(name='a', mcp_servers=[Http(params=P)])", 1),
        ("async with tools_of(1) as tools:\n            yield Agent(mcp_servers=[tools])", 0),
        ("async with Manager([tools_of(1)]) as m:\n            yield Agent(mcp_servers=m.all)", 0),
        (
            "tools = tools_of(1)\n        async with tools:\n            yield Agent(mcp_servers=[tools])",
            0,
        ),
        ("yield Agent(name='a', tools=[tools_of(1)])", 0),
    ],
)
def test_a_connection_that_nothing_opens(findings: Findings, line: str, count: int) -> None:
    found = findings(connections_closed, {"app/server.py": GIVEN.replace("{line}", line)})
    assert [each.cause for each in found] == ["never connected"] * count
