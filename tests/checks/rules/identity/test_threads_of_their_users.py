"""A store that never looks at its context is found; one that does, or delegates, is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.identity.threads_of_their_users import threads_of_their_users
from tests.checks.rules.conftest import Findings

STORE = """\
from chatkit.store import Store
class Memory(Store[dict]):
    async def load_thread(self, thread_id, context):
        return {one}
    async def load_threads(self, limit, after, order, context):
        return {many}
"""


def test_found(findings: Findings) -> None:
    store = STORE.format(one="self.threads[thread_id]", many="list(self.threads)[:limit]")
    (finding,) = findings(threads_of_their_users, {"app/store.py": store})
    assert finding.where == "app/store.py:5"


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ('self.of(context["user"])[thread_id]', 'self.of(context["user"])'),
        ("await self.inner.load_thread(thread_id, context)", "[]"),
        ("raise_(NotImplementedError)", "raise_(NotImplementedError)"),
    ],
)
def test_quiet(findings: Findings, one: str, many: str) -> None:
    assert not findings(threads_of_their_users, {"app/store.py": STORE.format(one=one, many=many)})


HELPED = """\
from chatkit.store import Store
class Cached(Store[dict]):
    def key(self, context, *parts):
        return {key}
    def near(self, context, *parts):
        return self.key(context, *parts)
    async def load_thread(self, thread_id, context):
        return await self.redis.hget(self.{name}(context, "threads"), thread_id)
    async def load_threads(self, limit, after, order, context):
        return await self.redis.hvals(self.{name}(context, "threads"))
"""


@pytest.mark.parametrize("name", ["key", "near"])
@pytest.mark.parametrize(
    ("key", "count"),
    [
        ('":".join(parts)', 1),
        ('":".join(parts)  # context["user"]', 1),
        ('":".join((context["user"], *parts))', 0),
        ("NotImplementedError", 0),
    ],
)
def test_a_helper_that_does_not_look_either(
    findings: Findings, key: str, name: str, count: int
) -> None:
    store = HELPED.replace("{key}", key).replace("{name}", name)
    assert len(findings(threads_of_their_users, {"app/store.py": store})) == count


SQL = """\
from chatkit.store import Store
LOAD = "select data from threads where user_id = $1 and id = $2"
PAGE = "{page}"
class Postgres(Store[dict]):
    async def load_thread(self, thread_id, context):
        return await db.fetch(LOAD, context.user, thread_id)
    async def load_thread_items(self, thread_id, after, limit, order, context):
        return await db.fetch(PAGE, context.user, thread_id)
"""
NEXT = "(select position from items where user_id = $1 and id = $3)"


@pytest.mark.parametrize(
    "page",
    [
        "select data from items where thread_id = $2",
        f"select data from items where thread_id = $2 and position > {NEXT}",
    ],
)
def test_found_in_a_constant_beside(findings: Findings, page: str) -> None:
    (finding,) = findings(threads_of_their_users, {"app/store.py": SQL.format(page=page)})
    assert finding.where == "app/store.py:3"


@pytest.mark.parametrize(
    "page",
    [
        f"select data from items where user_id = $1 and position > {NEXT}",
        "select data from items where thread_id in (select id from threads where user_id = $1)",
    ],
)
def test_quiet_in_a_constant_beside(findings: Findings, page: str) -> None:
    assert not findings(threads_of_their_users, {"app/store.py": SQL.format(page=page)})


def test_a_thread_that_is_read_for_anybody_is_found(findings: Findings) -> None:
    store = STORE.format(one="self.threads[thread_id]", many='self.of(context["user"])')
    (finding,) = findings(threads_of_their_users, {"app/store.py": store})
    assert finding.where == "app/store.py:3"


MAPPED = """\
from chatkit.store import Store
from app.models import Item, Session, Thread
class Mapped(Store[dict]):
    async def load_thread(self, thread_id, context):
        return await session.get(Thread, (context.user, thread_id))
    async def load_threads(self, limit, after, order, context):
        return await session.scalars(select(Thread).where(Thread.owner == context.user))
    async def load_item(self, thread_id, item_id, context):
        return await session.get(Item, ({item}item_id))
    async def delete_thread(self, thread_id, context):
        await session.execute(delete(Thread).where({thread}Thread.id == thread_id))
"""


@pytest.mark.parametrize(
    ("item", "thread", "line", "does"),
    [
        ("context.user, ", "", 10, "delete it"),
        ("", "Thread.owner == context.user, ", 8, "read it"),
        ("", "", 8, "read it"),
    ],
)
def test_found_in_one_method_of_many(
    findings: Findings, item: str, thread: str, line: int, does: str
) -> None:
    store = MAPPED.format(item=item, thread=thread)
    (finding,) = findings(threads_of_their_users, {"app/store.py": store})
    assert finding.where == f"app/store.py:{line}"
    assert does in finding.what
    assert len(finding.more) == (not item and not thread)


@pytest.mark.parametrize("item", ["context.user, ", "thread_id, "])
def test_quiet_where_all_ask(findings: Findings, item: str) -> None:
    """The SDK loads the thread as who asks before it loads one of its items."""
    store = MAPPED.format(item=item, thread="Thread.owner == context.user, ")
    assert not findings(threads_of_their_users, {"app/store.py": store})
