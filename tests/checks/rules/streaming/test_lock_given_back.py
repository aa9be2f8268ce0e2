"""A lock without a `finally` is told; `with`, `finally` and what is no lock are fine."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.streaming.lock_given_back import lock_given_back
from tests.checks.rules.conftest import TURN, Findings


@pytest.mark.parametrize(
    "line",
    [
        "lock = LOCKS[thread.id]\n        await lock.acquire()\n        yield item\n        lock.release()",
        "BUSY.add(thread.id)\n        yield item\n        BUSY.discard(thread.id)",
        'await self.db.execute("select pg_advisory_lock($1)", thread.id)\n        yield item\n        await self.db.execute("select pg_advisory_unlock($1)", thread.id)',
    ],
)
def test_found(findings: Findings, line: str) -> None:
    found = findings(lock_given_back, {"app/server.py": TURN.replace("{line}", line)})
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
    assert not findings(lock_given_back, {"app/server.py": TURN.replace("{line}", line)})


WHOLE = """\
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
    (finding,) = findings(lock_given_back, {"app/server.py": WHOLE.replace("{body}", lost)})
    assert finding.where == "app/server.py:5"
    kept = (
        "try:\n            yield 1\n"
        "        finally:\n            await self.notes.end_turn(thread.id, context)"
    )
    assert not findings(lock_given_back, {"app/server.py": WHOLE.replace("{body}", kept)})
    assert not findings(lock_given_back, {"app/server.py": WHOLE.replace("{body}", "yield 1")})


SPELLED = """\
import asyncio, contextlib
from collections import defaultdict
from chatkit.server import ChatKitServer
from app.gate import GATES, Gate, entered, leave, started
class Server(ChatKitServer[dict]):
    def __init__(self):
        self.gates = defaultdict(asyncio.Lock)
        self.open = set()
        self.gate = Gate()
    async def respond(self, thread, item, context):
        {line}
"""
GATE = """\
import asyncio
from contextlib import asynccontextmanager
TAKE = "select pg_advisory_lock($1)"
GIVE = "select pg_advisory_unlock($1)"
GATES = {}
class Gate:
    async def begin(self, thread_id):
        await db.execute(TAKE, thread_id)
    async def end(self, thread_id):
        await db.execute(GIVE, thread_id)
    async def hold(self, thread_id):
        await db.fetchval("UPDATE threads SET until = now() + '1 m' WHERE id = $1 AND until is null")
    async def leave(self, thread_id):
        await db.execute("update threads set until = null where id = $1", thread_id)
async def started(gates, thread_id):
    gate = gates.setdefault(thread_id, asyncio.Lock())
    await gate.acquire()
    return gate
def leave(gate):
    gate.release()
@asynccontextmanager
async def entered(gate):
    await gate.acquire()
    try:
        yield
    finally:
        gate.release()
"""
ANSWER = "; yield item; "


@pytest.mark.parametrize(
    ("count", "line"),
    [
        (1, f"gate = self.gates[thread.id]; await gate.acquire(){ANSWER}gate.release()"),
        (1, f"g = GATES.setdefault(1, asyncio.Lock()); await g.acquire(){ANSWER}leave(g)"),
        (1, f"gate = await started(GATES, thread.id){ANSWER}leave(gate)"),
        (1, f"await self.gate.begin(thread.id){ANSWER}await self.gate.end(thread.id)"),
        (1, f"self.open.add(thread.id){ANSWER}self.open.remove(thread.id)  # finally:"),
        (1, f"await self.gate.hold(1){ANSWER}await self.gate.leave(1)"),
        (0, "await self.gate.hold(1); yield item"),
        (0, "async with self.gates[thread.id]: yield item"),
        (0, "async with entered(self.gates[thread.id]): yield item"),
        (
            0,
            "g = GATES[1]; await g.acquire()\n        try: yield item\n        finally: leave(g)",
        ),
        (
            0,
            "await self.gate.begin(1)\n        try: yield item\n        finally: await self.gate.end(1)",
        ),
        (
            0,
            "gate = self.gates[1]; await gate.acquire()\n        async with contextlib.AsyncExitStack() as stack:\n"
            "            stack.callback(gate.release); yield item",
        ),
        (0, "self.seen = set(); self.seen.add(item.id)" + ANSWER + "self.seen.clear()"),
        (0, "page.lock_aspect()" + ANSWER + "page.release_all()"),
        (0, "log('select pg_advisory_lock($1)')" + ANSWER + "pass"),
        (0, "await self.metrics.start_thread(1)" + ANSWER + "await self.metrics.finish()"),
    ],
)
def test_spelled(findings: Findings, count: int, line: str) -> None:
    files = {"app/server.py": SPELLED.replace("{line}", line), "app/gate.py": GATE}
    assert len(findings(lock_given_back, files)) == count
