"""The lease of a thread is given back whenever its turn ends, also in the middle of a statement."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from types import ModuleType
from typing import Any

import asyncpg
import pytest
from chatkit.types import ThreadMetadata

from .conftest import TARGET

pytestmark = pytest.mark.anyio


@pytest.fixture
def thread_lock(services: ModuleType) -> ModuleType:
    return importlib.import_module(f"{TARGET}.chatkit_runtime.thread_lock")


@asynccontextmanager
async def locked(url: str, thread_id: str) -> AsyncIterator[None]:
    """Whoever changes the thread has to wait until the block is left."""
    connection = await asyncpg.connect(url)
    async with connection.transaction():
        await connection.fetch("select from app_chat.threads where id = $1 for update", thread_id)
        yield
    await connection.close()


class Turn:
    """Holds the thread from the start of its task until it may end."""

    def __init__(self, thread_lock: Any) -> None:
        self.began, self.may_end = asyncio.Event(), asyncio.Event()
        self.task = asyncio.create_task(self._run(thread_lock))

    async def _run(self, thread_lock: Any) -> None:
        async with thread_lock:
            self.began.set()
            await self.may_end.wait()

    async def cancel(self) -> None:
        await asyncio.sleep(0.2)
        self.task.cancel()
        await asyncio.wait([self.task])
        assert self.task.cancelled()


async def test_a_turn_stopped_while_it_ends_leaves_the_thread_free(
    make_store: Any, alice: Any, thread_lock: ModuleType, database_url: str
) -> None:
    store = make_store(pool_max_size=1)
    thread = ThreadMetadata(id="thr_1", created_at=datetime.now())
    await store.save_thread(thread, alice)
    turn = Turn(thread_lock.thread_lock(store, thread.id, alice, most=5))
    await turn.began.wait()
    async with locked(database_url, thread.id):
        other = asyncio.create_task(store.save_thread(thread, alice))
        await asyncio.sleep(0.2)  # it waits, and holds the only connection
        turn.may_end.set()
        await turn.cancel()
    await other
    await asyncio.sleep(0.2)
    await store.begin_turn(thread.id, alice, seconds=1)


async def test_a_turn_stopped_while_it_begins_leaves_the_thread_free(
    store: Any, alice: Any, thread_lock: ModuleType, database_url: str
) -> None:
    thread = ThreadMetadata(id="thr_1", created_at=datetime.now())
    await store.save_thread(thread, alice)
    async with locked(database_url, thread.id):
        await Turn(thread_lock.thread_lock(store, thread.id, alice, most=5)).cancel()
    await asyncio.sleep(0.2)
    await store.begin_turn(thread.id, alice, seconds=1)
