"""The oldest items only, and a history that is not turned round, are told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.conversation.newest_items_given import newest_items_given

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
        'page = await self.store.load_thread_items(thread.id, None, 20, "asc", context)\n        Runner.run_streamed(agent, await simple_to_agent_input(page.data))',
        "page = await self.store.load_thread_items(thread.id, after=None, limit=FEW, order=ORDER, context=context)\n        Runner.run_streamed(agent, await simple_to_agent_input(page.data))",
        'page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)\n        Runner.run_streamed(agent, await simple_to_agent_input(page.data))  # reversed',
    ],
)
def test_found(findings: Findings, line: str) -> None:
    found = findings(newest_items_given, {"app/server.py": SOURCE.replace("{line}", line)})
    assert len(found) == 1
    assert found[0].where.startswith("app/server.py:")


@pytest.mark.parametrize(
    "line",
    [
        'page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)\n        Runner.run_streamed(agent, await simple_to_agent_input(list(reversed(page.data))))',
        'page = await self.store.load_thread_items(thread.id, None, 20, "desc", context)\n        Runner.run_streamed(agent, await simple_to_agent_input(page.data[::-1]))',
        'page = await self.store.load_thread_items(thread.id, None, 1000, "asc", context)\n        Runner.run_streamed(agent, await simple_to_agent_input(page.data))',
        'page = await self.store.load_thread_items(thread.id, None, 1, "asc", context)\n        self.title(page.data[0])',
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    assert not findings(newest_items_given, {"app/server.py": SOURCE.replace("{line}", line)})
