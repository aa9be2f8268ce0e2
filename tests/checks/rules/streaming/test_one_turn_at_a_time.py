"""A store in a database without any lock is found; with one, or in memory, it is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.streaming.one_turn_at_a_time import one_turn_at_a_time

Findings = Callable[..., list[Finding]]
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
