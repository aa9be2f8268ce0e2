"""Pages: nothing lost, nothing twice, both ways, whatever the clocks and other writers do."""

from __future__ import annotations

import asyncio
import importlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta, timezone
from types import ModuleType
from typing import Any

import asyncpg
import pytest
from chatkit.store import NotFoundError
from chatkit.types import HiddenContextItem, Page, ThreadMetadata
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
Load = Callable[[str | None], Awaitable[Page[Any]]]


def an_item(item_id: str, created_at: datetime = NOW) -> HiddenContextItem:
    return HiddenContextItem(id=item_id, thread_id="thr_1", created_at=created_at, content="x")


async def walk(load: Load) -> AsyncIterator[str]:
    """The ids on all pages, from the first to the last."""
    after = None
    for _ in range(100):
        page = await load(after)
        for one in page.data:
            yield one.id
        assert page.has_more is (page.after is not None)
        if not page.has_more:
            return
        after = page.after
    raise AssertionError("the pages never end")


def items(store: Any, context: Any, limit: int, order: str) -> Load:
    return lambda after: store.load_thread_items("thr_1", after, limit, order, context)


def threads(store: Any, context: Any, limit: int, order: str) -> Load:
    return lambda after: store.load_threads(limit, after, order, context)


async def all_of(load: Load) -> list[str]:
    return [one async for one in walk(load)]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    clock=st.lists(st.integers(-3, 3), max_size=30),
    limit=st.integers(1, 12),
    order=st.sampled_from(["asc", "desc"]),
    resaved=st.lists(st.integers(0, 29), max_size=5),
    deleted=st.lists(st.integers(0, 29), max_size=5),
)
async def test_pages_hold_every_item_once_and_in_order(
    store: Any,
    delivered: Any,
    clock: list[int],
    limit: int,
    order: str,
    resaved: list[int],
    deleted: list[int],
) -> None:
    context = delivered.RequestContext(secrets.token_hex(8))
    await store.save_thread(ThreadMetadata(id="thr_1", created_at=NOW), context)
    names = [f"msg_{number}" for number in range(len(clock))]
    for name, step in zip(names, clock, strict=True):
        await store.add_thread_item("thr_1", an_item(name, NOW + timedelta(seconds=step)), context)
    for number in resaved:
        if number < len(names):
            await store.save_item("thr_1", an_item(f"msg_{number}"), context)
    for number in deleted:
        await store.delete_thread_item("thr_1", f"msg_{number}", context)
    left = [name for name in names if int(name[4:]) not in deleted]
    found = await all_of(items(store, context, limit, order))
    assert found == (left if order == "asc" else left[::-1])


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(count=st.integers(0, 15), limit=st.integers(1, 6), order=st.sampled_from(["asc", "desc"]))
async def test_pages_of_threads_hold_every_thread_once_and_in_order(
    store: Any, delivered: Any, count: int, limit: int, order: str
) -> None:
    context = delivered.RequestContext(secrets.token_hex(8))
    names = [f"thr_{number}" for number in range(count)]
    for name in names:
        await store.save_thread(ThreadMetadata(id=name, created_at=NOW), context)
    found = await all_of(threads(store, context, limit, order))
    assert found == (names if order == "asc" else names[::-1])


async def test_a_page_goes_on_after_what_was_deleted_meanwhile(
    store: Any, thread: str, alice: Any, bob: Any
) -> None:
    first = await store.load_thread_items(thread, None, 10, "asc", alice)
    await store.delete_thread_item(thread, "msg_9", alice)
    second = await store.load_thread_items(thread, first.after, 10, "asc", alice)
    assert second.data[0].id == "msg_10"
    for name in ("thr_2", "thr_3"):
        await store.save_thread(ThreadMetadata(id=name, created_at=NOW), alice)
    newest = await store.load_threads(1, None, "desc", alice)
    await store.delete_thread("thr_3", alice)
    rest = await store.load_threads(5, newest.after, "desc", alice)
    assert [one.id for one in rest.data] == ["thr_2", "thr_1"]
    assert not (await store.load_threads(5, newest.after, "desc", bob)).data
    with pytest.raises(NotFoundError):
        await store.load_threads(5, f"x@{'9' * 30}", "desc", alice)


async def test_an_id_that_looks_like_a_place_is_an_id(store: Any, alice: Any) -> None:
    for name in ("thr_1", "thr@9", "thr_3"):
        await store.save_thread(ThreadMetadata(id=name, created_at=NOW), alice)
    for name in ("msg_1", "msg@9", "msg_3", "msg_4"):
        await store.add_thread_item("thr_1", an_item(name), alice)
    for load, names in (
        (items(store, alice, 1, "asc"), ["msg_1", "msg@9", "msg_3", "msg_4"]),
        (threads(store, alice, 1, "asc"), ["thr_1", "thr@9", "thr_3"]),
    ):
        assert await all_of(load) == names
        assert (await load(names[1])).data[0].id == names[2]


@pytest.fixture
async def thread(store: Any, alice: Any) -> str:
    await store.save_thread(ThreadMetadata(id="thr_1", created_at=NOW), alice)
    for number in range(105):
        await store.add_thread_item("thr_1", an_item(f"msg_{number}"), alice)
    return "thr_1"


@pytest.mark.parametrize(
    ("limit", "length"), [(-1, 1), (0, 1), (1, 1), (100, 100), (101, 100), (10**9, 100)]
)
async def test_the_limit_is_clamped(
    store: Any, alice: Any, thread: str, limit: int, length: int
) -> None:
    page = await store.load_thread_items(thread, None, limit, "asc", alice)
    assert (len(page.data), page.has_more) == (length, True)


async def test_a_cursor_that_names_nothing_is_not_found(
    store: Any, alice: Any, bob: Any, thread: str
) -> None:
    await store.save_thread(ThreadMetadata(id="thr_1", created_at=NOW), bob)
    await store.save_thread(ThreadMetadata(id="thr_2", created_at=NOW), alice)
    await store.add_thread_item("thr_2", an_item("elsewhere"), alice)
    for context, cursor in ((bob, "msg_1"), (alice, "elsewhere"), (alice, "no\x00where")):
        with pytest.raises(NotFoundError):
            await store.load_thread_items(thread, cursor, 20, "asc", context)
    with pytest.raises(NotFoundError):
        await store.load_threads(20, "thr_2", "asc", bob)


async def test_nothing_after_the_last_is_an_empty_page(store: Any, alice: Any, thread: str) -> None:
    for order, last in (("asc", "msg_104"), ("desc", "msg_0")):
        page = await store.load_thread_items(thread, last, 20, order, alice)
        assert (page.data, page.has_more) == ([], False)
        page = await store.load_threads(20, thread, order, alice)
        assert (page.data, page.has_more) == ([], False)


async def test_an_item_that_commits_late_is_not_skipped(
    store: Any, delivered: ModuleType, alice: Any, thread: str, database_url: str
) -> None:
    module = importlib.import_module(f"{delivered.__name__}.postgres_store")
    slow = await asyncpg.connect(database_url)
    transaction = slow.transaction()
    await transaction.start()
    query = module.SQL["save_item"].replace("{schema}", "app_chat")
    await slow.fetch(query, "alice", thread, "slow", an_item("slow").model_dump_json())
    fast = asyncio.create_task(store.add_thread_item(thread, an_item("fast"), alice))
    await asyncio.wait([fast], timeout=0.3)
    seen = await all_of(items(store, alice, 20, "asc"))
    await transaction.commit()
    await fast
    await slow.close()
    rest = await store.load_thread_items(thread, seen[-1], 20, "asc", alice)
    assert [*seen, *(item.id for item in rest.data)][-2:] == ["slow", "fast"]


async def test_a_reader_loses_nothing_to_concurrent_writers(
    make_store: Callable[..., Any], alice: Any
) -> None:
    store = make_store(pool_max_size=8)
    await store.save_thread(ThreadMetadata(id="thr_1", created_at=NOW), alice)
    writing = True

    async def write(writer: int) -> None:
        for number in range(60):
            await store.add_thread_item("thr_1", an_item(f"{writer}_{number}"), alice)

    async def follow() -> list[str]:
        """Reads forward like a client that has seen everything so far."""
        seen: list[str] = []
        while True:
            last_round = not writing
            cursor = seen[-1] if seen else None
            page = await store.load_thread_items("thr_1", cursor, 100, "asc", alice)
            seen += [item.id for item in page.data]
            if last_round and not page.data:
                return seen

    readers = [asyncio.create_task(follow()) for _ in range(2)]
    await asyncio.gather(*(write(writer) for writer in range(6)))
    writing = False
    final = await all_of(items(store, alice, 100, "asc"))
    assert len(final) == 360
    for reader in readers:
        assert await reader == final
