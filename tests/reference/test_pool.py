"""The pool: one connection is used by one statement, and no stale one is used at all."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

import asyncpg
import pytest

pytestmark = pytest.mark.anyio

MakeStore = Callable[..., Any]


async def backend(store: Any) -> int:
    rows = await store._database.fetch("select pg_backend_pid() as pid, $1", "")
    return int(rows[0]["pid"])


async def test_the_connection_used_last_is_used_next(make_store: MakeStore) -> None:
    store = make_store(pool_max_size=5)
    assert len({await backend(store) for _ in range(5)}) == 1


async def test_a_connection_that_was_silent_for_long_is_not_trusted(
    make_store: MakeStore, delivered: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = importlib.import_module(f"{delivered.__name__}.pool")
    monkeypatch.setattr(pool, "IDLE_SECONDS", 1)
    store = make_store(pool_max_size=1)
    first = await backend(store)
    assert await backend(store) == first
    await asyncio.sleep(1.5)
    assert await backend(store) != first


async def test_nobody_waits_for_ever_where_all_are_busy(
    make_store: MakeStore, delivered: ModuleType, database_url: str
) -> None:
    store = make_store(pool_max_size=1, statement_timeout=0.5)
    await store.ping()
    sleep = "select pg_sleep(5), $1"
    waiting = [asyncio.create_task(store._database.fetch(sleep, "")) for _ in range(4)]
    outcomes = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 4)
    assert {type(outcome) for outcome in outcomes} == {delivered.StoreUnavailable}
    await store.ping()


async def test_who_asks_often_does_not_go_first(make_store: MakeStore) -> None:
    store = make_store(pool_max_size=1)
    await store.ping()
    served: list[str] = []

    async def ask(name: str, times: int) -> None:
        for _ in range(times):
            await store.ping()
            served.append(name)

    await asyncio.gather(ask("often", 50), ask("once", 1))
    assert served.index("once") <= 2


async def test_a_place_is_free_again_after_a_connection_that_failed(
    make_store: MakeStore, delivered: ModuleType, database_url: str
) -> None:
    store = make_store(pool_max_size=2)
    await store.ping()
    name = database_url.partition("?")[0].rpartition("/")[2]
    admin = await asyncpg.connect(database_url.replace(f"/{name}?", "/postgres?"))
    try:
        await admin.execute(f"alter database {name} allow_connections false")
        await admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name
        )
        await asyncio.sleep(0.1)
        for _ in range(5):
            with pytest.raises(delivered.StoreError):
                await store.ping()
        await admin.execute(f"alter database {name} allow_connections true")
    finally:
        await admin.close()
    await asyncio.gather(*(store.ping() for _ in range(10)))


async def test_no_place_is_lost_with_those_who_leave_the_line(make_store: MakeStore) -> None:
    store = make_store(pool_max_size=2)
    await store.ping()
    for steps in range(12):  # in the line, at the moment of their turn, while their statement runs
        waiting = [asyncio.create_task(store.ping()) for _ in range(8)]
        for _ in range(steps):
            await asyncio.sleep(0)
        for one in waiting[::2]:
            one.cancel()
        served = asyncio.gather(*waiting, return_exceptions=True)
        await asyncio.wait_for(served, 5)
    together = [asyncio.create_task(backend(store)) for _ in range(2)]
    assert len(set(await asyncio.wait_for(asyncio.gather(*together), 5))) == 2
