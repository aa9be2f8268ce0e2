"""A store in a database without any lock is found; with one, or in memory, it is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.streaming.one_turn_at_a_time import one_turn_at_a_time
from tests.checks.rules.conftest import Findings

STORE = """\
from chatkit.store import Store
class PostgresStore(Store[dict]):
{body}
"""

LOAD = (
    '    async def load(self):\n        await db.fetch("select data from threads where id = $1")\n'
)


def test_found(findings: Findings) -> None:
    (finding,) = findings(one_turn_at_a_time, {"app/store.py": STORE.format(body=LOAD)})
    assert finding.where == "app/store.py:2"


@pytest.mark.parametrize(
    "body",
    [
        LOAD.replace("$1", "$1 for update"),
        LOAD.replace("id = $1", "id = $1 and busy_until < now()"),
        LOAD + "from chatkit.server import ChatKitServer\nclass Server(ChatKitServer[dict]):\n"
        "    async def respond(self, thread, item, context):\n"
        "        async with self.store.locked(thread.id):\n            yield item\n",
        "    threads = {}\n".replace("{}", "{{}}"),
    ],
)
def test_quiet(findings: Findings, body: str) -> None:
    assert not findings(one_turn_at_a_time, {"app/store.py": STORE.format(body=body)})


def test_a_word_that_holds_another_is_none(findings: Findings) -> None:
    polite = STORE.format(body=LOAD) + 'TEXT = "Please unblock it"\n'
    assert findings(one_turn_at_a_time, {"app/store.py": polite})


def test_a_lock_of_an_insert_is_no_turn(findings: Findings) -> None:
    store = (
        "from chatkit.store import Store\n"
        'ADD = "insert into items select id from threads where id = $1 for no key update"\n'
        "class S(Store[dict]):\n"
        "    async def add_thread_item(self, thread_id, item, context):\n"
        "        await db.execute(ADD, thread_id)\n"
    )
    (finding,) = findings(one_turn_at_a_time, {"app/store.py": store})
    assert finding.where == "app/store.py:3"


TAKE = """\
import store
async def take(thread):
    await db.execute("update chats set turn = $1 where id = $2 and (turn is null or ends < now())")
"""


TAKEN = """\
from chatkit.server import ChatKitServer
from app.store import take
class Turn:
    def __init__(self, thread):
        self.task = asyncio.create_task(self._run(thread))
    async def _run(self, thread):
        await take(thread)
@contextmanager
def only_turn(thread):
    return Turn(thread)
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        {line}
        yield item
"""


@pytest.mark.parametrize(
    ("line", "count"),
    [("await take(thread)", 0), ("only_turn(thread)", 0), ("self.wait(only_turn)", 0), ("...", 1)],
)
def test_a_lease_of_a_free_row_counts_where_a_turn_takes_it(
    findings: Findings, line: str, count: int
) -> None:
    files = {
        "app/store.py": STORE.format(body=LOAD) + TAKE,
        "app/server.py": TAKEN.format(line=line),
    }
    assert len(findings(one_turn_at_a_time, files)) == count


def test_a_lock_of_an_added_item_is_no_turn_with_sqlalchemy_either(findings: Findings) -> None:
    store = (
        "from chatkit.store import Store\nfrom sqlalchemy import select\n"
        "class S(Store[dict]):\n"
        "    async def {name}(self, thread_id, item, context):\n"
        "        await session.scalar(select(Row).with_for_update())\n"
    )
    (finding,) = findings(one_turn_at_a_time, {"app/store.py": store.format(name="save_item")})
    assert finding.where == "app/store.py:3"
    assert not findings(one_turn_at_a_time, {"app/store.py": store.format(name="begin")})


def test_a_lease_that_nobody_takes_is_none(findings: Findings) -> None:
    turn = (
        "import store\nclass Turn:\n    async def {name}(self):\n"
        "        await self.store.claim(self.thread)\n"
        "    async def run(self):\n        await self._take()\n"
    )
    stored = STORE.format(body=LOAD)
    for name, count in (("_take", 0), ("_claim", 1)):
        files = {"app/store.py": stored, "app/turn.py": turn.format(name=name)}
        assert len(findings(one_turn_at_a_time, files)) == count


SPELLED = """\
import asyncio
from collections import defaultdict
from contextlib import AsyncExitStack
from chatkit.server import ChatKitServer
from app.turns import alone
ANSWERED = set()
LOCKS = {{}}
ONE = asyncio.Lock()
async def lock_thread(thread_id):
    return thread_id
class Server(ChatKitServer[dict]):
    def __init__(self, store):
        super().__init__(store)
        self.busy_ones = defaultdict(asyncio.Lock)
    def of(self, thread_id):
        return self.busy_ones[thread_id]
    async def clock(self):
        return 1
    async def respond(self, thread, item, context):
{body}
"""
HELD = """\
import asyncio
from chatkit.store import Store
class PostgresStore(Store[dict]):
    def __init__(self):
        self.opening = asyncio.Lock()
    async def pool(self):
        async with self.opening:
            return await db.fetch("select data from threads where id = $1")
    def alone(self, thread_id):
        return self.kept.setdefault(thread_id, asyncio.Lock())
"""
TURNS = """\
import contextlib
import app.store
QUERY = "select 1 from threads where id = $1 "
@contextlib.asynccontextmanager
async def alone(thread_id):
    await db.execute(f"{QUERY} for update", thread_id)
    yield
"""

LOCKS = {
    "a lock of each thread in a dict": """
        lock = LOCKS.setdefault(thread.id, asyncio.Lock())
        async with lock:
            yield item
""",
    "a defaultdict of locks": """
        async with self.busy_ones[thread.id]:
            yield item
""",
    "a method that gives the lock": """
        async with self.of(thread.id):
            yield item
""",
    "a lock that is taken by hand": """
        mutex = self.busy_ones[thread.id]
        await mutex.acquire()
        try:
            yield item
        finally:
            mutex.release()
""",
    "a stack": """
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.of(thread.id))
            yield item
""",
    "one lock for everybody": """
        async with ONE:
            yield item
""",
    "a set of who is answered": """
        if thread.id in ANSWERED:
            raise ValueError
        ANSWERED.add(thread.id)
        yield item
""",
    "redis": """
        if not await redis.set(f"t:{{thread.id}}", "1", nx=True, ex=60):
            raise ValueError
        yield item
""",
    "a function of another module": """
        async with alone(thread.id):
            yield item
""",
    "a lock of a store by a method": """
        async with self.store.alone(thread.id):
            yield item
""",
}
NO_LOCKS = {
    "nothing": "        yield item",
    "what was seen": """
        seen = set()
        if thread.id in seen:
            raise ValueError
        seen.add(thread.id)
        yield item
""",
    "a lock that nobody takes": "        lock = asyncio.Lock()\n        yield item",
    "a comment": "        # lock the thread, for update\n        yield item",
    "a docstring": '        """Locks: select 1 from t for update."""\n        yield item',
    "a log": '        logger.info("lock acquired")\n        yield item',
    "the lock of the pool": "        await self.store.pool()\n        yield item",
    "a connection": "        async with pool.acquire() as conn:\n            yield item",
    "a clock": "        await self.clock()\n        yield item",
    "a function that is called so": "        await lock_thread(thread.id)\n        yield item",
}


def spelled(body: str) -> dict[str, str]:
    server = SPELLED.format(body=body.strip("\n"))
    return {"app/store.py": HELD, "app/server.py": server, "app/turns.py": TURNS}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_in_whatever_way(findings: Findings, name: str) -> None:
    assert not findings(one_turn_at_a_time, spelled(LOCKS[name]))


@pytest.mark.parametrize("name", NO_LOCKS)
def test_what_is_no_lock_of_a_thread(findings: Findings, name: str) -> None:
    assert findings(one_turn_at_a_time, spelled(NO_LOCKS[name]))
