"""The database may be late, restart, die, be full, slow or behind a pooler: what the store does."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import shutil
import tempfile
import time
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
from chatkit.server import ChatKitServer
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageItem,
    FileAttachment,
    HiddenContextItem,
    ThreadItemDoneEvent,
    ThreadMetadata,
)
from pydantic import SecretStr

from chatkit_agent.sandbox import postgres as embedded
from chatkit_agent.sandbox.postgres_programs import execute

pytestmark = pytest.mark.anyio

MakeStore = Callable[..., Any]


def a_thread() -> ThreadMetadata:
    return ThreadMetadata(id="thr_1", created_at=datetime.now())


def an_item(item_id: str) -> HiddenContextItem:
    now = datetime.now()
    return HiddenContextItem(id=item_id, thread_id="thr_1", created_at=now, content="x")


async def ids(store: Any, context: Any) -> list[str]:
    page = await store.load_thread_items("thr_1", None, 100, "asc", context)
    return [item.id for item in page.data]


class Server:
    """A PostgreSQL of the test's own, to start and stop."""

    def __init__(self, directory: Path) -> None:
        self.data = directory / "data"
        self.url = f"postgresql://postgres@/postgres?host={self.data}"
        self._running = ExitStack()

    def start(self) -> None:
        self._running.enter_context(embedded.postgres(self.data))

    def stop(self) -> None:
        self._running.close()

    def crash(self) -> None:
        """Die without a goodbye to anyone, and come back."""
        log = self.data / "server.log"
        execute("pg_ctl", "restart", "-m", "immediate", "-w", "-D", self.data, "-l", log)

    async def restart_later(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await asyncio.to_thread(self.start)


@pytest.fixture
def server() -> Iterator[Server]:
    directory = Path(tempfile.mkdtemp(prefix="outage-", dir="/tmp"))
    directory.chmod(0o711)
    server = Server(directory)
    yield server
    server.stop()
    shutil.rmtree(directory)


@pytest.fixture
async def admin(anyio_backend: str, database_url: str) -> AsyncIterator[asyncpg.Connection[Any]]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def test_a_database_that_starts_late_is_found_later(
    server: Server, make_store: MakeStore, delivered: ModuleType, alice: Any
) -> None:
    store = make_store(server.url)
    for _ in range(2):
        with pytest.raises(delivered.StoreUnavailable, match="Try again in a moment"):
            await store.save_thread(a_thread(), alice)
    server.start()
    await store.save_thread(a_thread(), alice)
    assert (await store.load_thread("thr_1", alice)).id == "thr_1"


async def test_a_restart_is_survived(
    server: Server, make_store: MakeStore, delivered: ModuleType, alice: Any
) -> None:
    server.start()
    store = make_store(server.url)
    patient = make_store(server.url, save_retry_seconds=30)
    await store.save_thread(a_thread(), alice)
    turn = await patient.begin_turn("thr_1", alice, seconds=600)
    await asyncio.gather(*(store.ping() for _ in range(5)))
    await asyncio.to_thread(server.stop)
    with pytest.raises(delivered.StoreUnavailable):
        await store.load_thread("thr_1", alice)
    restart = asyncio.create_task(server.restart_later(0.7))
    file = FileAttachment(id="atc_1", name="a.txt", mime_type="text/plain")
    await asyncio.gather(
        *(
            patient.add_thread_item("thr_1", an_item(f"msg_{number}"), alice)
            for number in range(20)
        ),
        patient.save_thread(a_thread().model_copy(update={"title": "Plans"}), alice),
        patient.save_attachment(file, alice),
        patient.end_turn("thr_1", turn, alice),
    )
    await restart
    await store.begin_turn("thr_1", alice, seconds=600)
    assert (await store.load_thread("thr_1", alice)).title == "Plans"
    assert (await store.load_attachment("atc_1", alice)).name == "a.txt"
    assert sorted(await ids(store, alice)) == sorted(f"msg_{number}" for number in range(20))


async def test_a_crashed_server_loses_nothing_that_was_acknowledged(
    server: Server, make_store: MakeStore, alice: Any
) -> None:
    server.start()
    store = make_store(server.url, save_retry_seconds=30)
    await store.save_thread(a_thread(), alice)
    acknowledged: list[str] = []

    async def write() -> None:
        for number in range(300):
            await store.add_thread_item("thr_1", an_item(f"msg_{number}"), alice)
            acknowledged.append(f"msg_{number}")

    writing = asyncio.create_task(write())
    while len(acknowledged) < 50:
        await asyncio.sleep(0.01)
    await asyncio.to_thread(server.crash)
    assert len(acknowledged) < 300
    await writing
    page = await store.load_thread_items("thr_1", None, 100, "asc", alice)
    found = [item.id for item in page.data]
    while page.has_more:
        page = await store.load_thread_items("thr_1", page.after, 100, "asc", alice)
        found += [item.id for item in page.data]
    assert found == acknowledged == [f"msg_{number}" for number in range(300)]


async def test_a_save_is_given_up_in_time_and_said_so(
    server: Server,
    make_store: MakeStore,
    delivered: ModuleType,
    alice: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = make_store(server.url, save_retry_seconds=1)
    started = time.monotonic()
    with pytest.raises(delivered.StoreUnavailable), caplog.at_level(logging.WARNING):
        await store.save_item("thr_1", an_item("msg_1"), alice)
    assert 1 <= time.monotonic() - started < 3
    assert len(caplog.records) == 1


async def test_a_slow_statement_is_cut_and_its_connection_not_used_again(
    make_store: MakeStore, delivered: ModuleType, alice: Any, admin: asyncpg.Connection[Any]
) -> None:
    store = make_store(statement_timeout=0.5, pool_max_size=1)
    await store.save_thread(a_thread(), alice)
    async with admin.transaction():
        await admin.execute("lock table app_chat.items in access exclusive mode")
        with pytest.raises(delivered.StoreUnavailable):
            await store.save_item("thr_1", an_item("msg_1"), alice)
    await store.save_item("thr_1", an_item("msg_2"), alice)
    assert await ids(store, alice) == ["msg_2"]


async def test_a_cancelled_statement_harms_nobody_else(
    make_store: MakeStore, alice: Any, admin: asyncpg.Connection[Any]
) -> None:
    store = make_store(pool_max_size=2)
    await store.save_thread(a_thread(), alice)
    async with admin.transaction():
        await admin.execute("lock table app_chat.items in access exclusive mode")
        writes = [
            asyncio.create_task(store.save_item("thr_1", an_item(f"msg_{number}"), alice))
            for number in range(6)
        ]
        await asyncio.sleep(0.2)
        for write in writes:
            write.cancel()
        outcomes = await asyncio.gather(*writes, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {asyncio.CancelledError}
        await store.load_thread("thr_1", alice)
    await asyncio.gather(
        *(store.save_item("thr_1", an_item(f"new_{number}"), alice) for number in range(6))
    )
    assert {f"new_{number}" for number in range(6)} <= set(await ids(store, alice))


async def test_no_more_connections_than_allowed_and_none_after_close(
    make_store: MakeStore, alice: Any, admin: asyncpg.Connection[Any]
) -> None:
    store = make_store(pool_max_size=3)
    await store.save_thread(a_thread(), alice)
    await asyncio.gather(*(store.load_thread("thr_1", alice) for _ in range(50)))
    others = (
        "select count(*) from pg_stat_activity "
        "where datname = current_database() and pid <> pg_backend_pid()"
    )
    assert await admin.fetchval(others) == 3
    await store.close()
    for _ in range(50):
        if await admin.fetchval(others) == 0:
            break
        await asyncio.sleep(0.05)
    assert await admin.fetchval(others) == 0
    await store.ping()


async def test_terminated_connections_are_replaced(
    make_store: MakeStore, alice: Any, admin: asyncpg.Connection[Any]
) -> None:
    store = make_store(pool_max_size=3)
    await store.save_thread(a_thread(), alice)
    await asyncio.gather(*(store.load_thread("thr_1", alice) for _ in range(20)))
    await admin.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where datname = current_database() and pid <> pg_backend_pid()"
    )
    await asyncio.sleep(0.1)
    await asyncio.gather(*(store.load_thread("thr_1", alice) for _ in range(20)))


async def test_after_a_failover_the_old_primary_is_left(
    make_store: MakeStore, delivered: ModuleType, alice: Any, admin: asyncpg.Connection[Any]
) -> None:
    store = make_store(pool_max_size=1)
    await store.save_thread(a_thread(), alice)
    name = await admin.fetchval("select current_database()")
    await admin.execute(f"alter database {name} set default_transaction_read_only = on")
    await admin.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where datname = current_database() and pid <> pg_backend_pid()"
    )
    await asyncio.sleep(0.1)
    with pytest.raises(delivered.StoreUnavailable):
        await store.save_item("thr_1", an_item("msg_1"), alice)
    await admin.execute(f"alter database {name} reset default_transaction_read_only")
    await store.save_item("thr_1", an_item("msg_1"), alice)


async def test_the_writable_one_of_several_hosts_is_found(
    make_store: MakeStore, delivered: ModuleType, database_url: str, admin: asyncpg.Connection[Any]
) -> None:
    parts = urlsplit(database_url)
    (socket,) = parse_qs(parts.query)["host"]
    hosts = f"host=/nowhere&host={socket}&target_session_attrs=read-write"
    store = make_store(f"postgresql+asyncpg://postgres@{parts.path}?{hosts}")
    await store.ping()
    name = parts.path[1:]
    await admin.execute(f"alter database {name} set default_transaction_read_only = on")
    other = make_store(f"postgresql+asyncpg://postgres@{parts.path}?{hosts}")
    with pytest.raises(delivered.StoreUnavailable):
        await other.ping()


@pytest.mark.parametrize(
    ("change", "reason"),
    [("/nothing_there?", "InvalidCatalogNameError"), ("nobody@", "InvalidAuthorization")],
)
async def test_a_refusal_by_the_server_names_the_variable(
    make_store: MakeStore, delivered: ModuleType, database_url: str, change: str, reason: str
) -> None:
    path = urlsplit(database_url).path
    url = database_url.replace(*(("postgres@", change) if "@" in change else (f"{path}?", change)))
    with pytest.raises(delivered.StoreNotConfigured, match=f"DATABASE_URL was refused .{reason}"):
        await make_store(url).ping()


async def test_messages_show_neither_sql_nor_text(
    store: Any, delivered: ModuleType, alice: Any, admin: asyncpg.Connection[Any]
) -> None:
    await store.save_thread(a_thread(), alice)
    await admin.execute("alter table app_chat.items add check (payload ->> 'content' <> 'x')")
    with pytest.raises(delivered.StoreError, match=r"^the database refused a statement \(23514\)$"):
        await store.save_item("thr_1", an_item("msg_1"), alice)


class Answering(ChatKitServer[Any]):
    async def respond(self, thread: Any, *_: Any) -> AsyncIterator[Any]:
        content = [AssistantMessageContent(text="Hello")]
        now = datetime.now()
        item = AssistantMessageItem(
            id="msg_1", thread_id=thread.id, created_at=now, content=content
        )
        yield ThreadItemDoneEvent(item=item)


async def test_whose_answer_cannot_be_saved_is_told_so(
    store: Any, alice: Any, admin: asyncpg.Connection[Any]
) -> None:
    await store.ping()
    await admin.execute(
        "alter table app_chat.items add check (payload ->> 'type' <> 'assistant_message')"
    )
    said = {"content": [{"type": "input_text", "text": "Hi"}], "attachments": []}
    params = {"input": {**said, "inference_options": {}}}
    server = Answering(store)
    request = json.dumps({"type": "threads.create", "params": params})
    events = [event async for event in await server.process(request, alice)]
    last = json.loads(events[-1].removeprefix(b"data: "))
    assert (last["type"], last["allow_retry"]) == ("error", True)
    assert last["message"] == "the database refused a statement (23514)"


def test_each_event_loop_gets_connections_of_its_own(
    delivered: ModuleType, database_url: str
) -> None:
    config = delivered.StoreConfig(database_url=SecretStr(database_url))
    store = delivered.PostgresStore(config)
    alice = delivered.RequestContext("alice")

    async def visit(close: bool) -> None:
        await asyncio.gather(*(store.ping() for _ in range(4)))
        await store.save_thread(a_thread(), alice)
        if close:
            await store.close()

    asyncio.run(visit(close=True))
    asyncio.run(visit(close=True))
    with warnings.catch_warnings():
        # A loop that ended without closing the store leaves its sockets to the collector.
        warnings.simplefilter("ignore", ResourceWarning)
        asyncio.run(visit(close=False))
        asyncio.run(visit(close=True))
        gc.collect()


async def test_who_leaves_while_the_tables_are_made_harms_nobody(
    make_store: MakeStore, admin: asyncpg.Connection[Any]
) -> None:
    store = make_store()
    waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
    async with admin.transaction():
        lock = "select pg_advisory_xact_lock(hashtextextended('chatkit_store \"app_chat\"', 0))"
        await admin.execute(lock)
        first, *rest = (asyncio.create_task(store.ping()) for _ in range(6))
        while await admin.fetchval(waiting) < 6:
            await asyncio.sleep(0.01)
        first.cancel()
        await asyncio.wait([first])
    await asyncio.gather(*rest)
    assert first.cancelled()


async def test_closing_twice_or_before_the_first_use_is_fine(make_store: MakeStore) -> None:
    store = make_store()
    await store.close()
    await store.ping()
    await store.close()
    await store.close()
