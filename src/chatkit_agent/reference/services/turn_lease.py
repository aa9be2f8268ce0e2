"""One turn at a time in each thread, across workers and machines, by a lease in the database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

from chatkit.store import NotFoundError

from ..chatkit_store import PostgresStore, RequestContext, StoreError, ThreadBusy

logger = logging.getLogger(__name__)

LEASE_SECONDS = 15
BUSY_PATIENCE = 2.5


@asynccontextmanager
async def only_turn(
    store: PostgresStore, thread_id: str, context: RequestContext
) -> AsyncIterator[None]:
    """Holds the thread for the current task, which is cancelled should the lease be lost.

    Raises:
        ThreadBusy: another turn goes on.
    """
    stopped = asyncio.Event()
    taking = asyncio.create_task(_take(store, thread_id, context, stopped))
    try:
        turn_id = await asyncio.shield(taking)
    except asyncio.CancelledError:
        stopped.set()
        raise
    turn = asyncio.current_task()
    assert turn is not None
    renewal = asyncio.create_task(_renew(store, thread_id, turn_id, context, turn))
    try:
        yield
    finally:
        renewal.cancel()
        try:
            # A turn may also be stopped while it ends.
            await asyncio.shield(store.end_turn(thread_id, turn_id, context))
        except StoreError as error:
            logger.warning("the thread stays busy until its lease ends: %s", error)


async def _take(
    store: PostgresStore, thread_id: str, context: RequestContext, stopped: asyncio.Event
) -> str:
    """The turn's id. A turn that is stopped meanwhile may still be taken: it is given back."""
    try:
        turn_id = await _begin(store, thread_id, context)
        if stopped.is_set():
            await store.end_turn(thread_id, turn_id, context)
    except (StoreError, NotFoundError):
        if not stopped.is_set():
            raise
        return ""
    return turn_id


async def _begin(store: PostgresStore, thread_id: str, context: RequestContext) -> str:
    patience = monotonic() + BUSY_PATIENCE
    while True:
        try:
            return await store.begin_turn(thread_id, context, seconds=LEASE_SECONDS)
        except ThreadBusy:
            # The turn before may just have been stopped, and is saving what it has.
            if monotonic() > patience:
                raise
            await asyncio.sleep(0.1)


async def _renew(
    store: PostgresStore,
    thread_id: str,
    turn_id: str,
    context: RequestContext,
    turn: asyncio.Task[Any],
) -> None:
    held = True
    while held:
        await asyncio.sleep(LEASE_SECONDS / 3)
        try:
            held = await store.renew_turn(thread_id, turn_id, context, seconds=LEASE_SECONDS)
        except StoreError as error:
            logger.warning("the lease could not be renewed: %s", error)
    turn.cancel()  # the thread was deleted, or we slept and another turn has begun
