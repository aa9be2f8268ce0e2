"""A lock without a `finally` is told; `with`, `finally` and what is no lock are fine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.streaming.lock_given_back import lock_given_back

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
        "lock = LOCKS[thread.id]\n        await lock.acquire()\n        yield item\n        lock.release()",
        "BUSY.add(thread.id)\n        yield item\n        BUSY.discard(thread.id)",
        'await self.db.execute("select pg_advisory_lock($1)", thread.id)\n        yield item\n        await self.db.execute("select pg_advisory_unlock($1)", thread.id)',
    ],
)
def test_found(findings: Findings, line: str) -> None:
    found = findings(lock_given_back, {"app/server.py": SOURCE.replace("{line}", line)})
    assert len(found) == 1
    assert found[0].where.startswith("app/server.py:")


@pytest.mark.parametrize(
    "line",
    [
        "lock = LOCKS[thread.id]\n        await lock.acquire()\n        try:\n            yield item\n        finally:\n            lock.release()",
        "async with LOCKS[thread.id]:\n            yield item",
        "SEEN.add(thread.id)\n        yield item",
        'await self.db.execute("select pg_advisory_xact_lock($1)", thread.id)\n        yield item',
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    assert not findings(lock_given_back, {"app/server.py": SOURCE.replace("{line}", line)})


TURN = """\
from chatkit.server import ChatKitServer
from chatkit.store import Store
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        await self.notes.begin_turn(thread.id, context)
        async for event in self._turn(thread, context):
            yield event
    async def _turn(self, thread, context):
        {body}
"""


def test_what_has_a_name_of_its_own(findings: Findings) -> None:
    lost = "yield 1\n        await self.notes.end_turn(thread.id, context)"
    (finding,) = findings(lock_given_back, {"app/server.py": TURN.replace("{body}", lost)})
    assert finding.where == "app/server.py:5"
    kept = (
        "try:\n            yield 1\n"
        "        finally:\n            await self.notes.end_turn(thread.id, context)"
    )
    assert not findings(lock_given_back, {"app/server.py": TURN.replace("{body}", kept)})
    assert not findings(lock_given_back, {"app/server.py": TURN.replace("{body}", "yield 1")})
