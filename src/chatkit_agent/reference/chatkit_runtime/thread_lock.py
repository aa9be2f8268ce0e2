"""One turn at a time in each thread, on all machines, by a lock in the database that expires."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import monotonic

from chatkit.store import NotFoundError

from ..chatkit_store import Caller, ChatStore, StoreError, ThreadBusy

logger = logging.getLogger(__name__)

LOCK_SECONDS = 15
# How often a turn that goes on alone looks whether it was asked to stop.
LOOK_SECONDS = 0.5
BUSY_SECONDS = 2.5


@asynccontextmanager
async def thread_lock(
    store: ChatStore, thread_id: str, context: Caller, most: int, goes_on: bool = False
) -> AsyncIterator[None]:
    """Holds the thread for the current task, which is cancelled should the lock be lost.

    `goes_on`: nobody else ends it, so it looks often whether somebody asked it to stop.

    Raises:
        ThreadBusy: another turn goes on.
        TooManyTurns: this person has `most` of them in other threads.
    """
    lock = ThreadLock(store, thread_id, context, most, goes_on)
    try:
        await asyncio.shield(lock.taken)
        yield
    finally:
        lock.over.set()
        if lock.taken.done():
            await asyncio.wait([lock.task])


class ThreadLock:
    """Taken, renewed and given back in a task of its own, which a turn that is stopped cannot cut.

    A statement that is cut may still be carried out, and the thread would stay busy.
    """

    def __init__(
        self, store: ChatStore, thread_id: str, context: Caller, most: int, goes_on: bool
    ) -> None:
        self._store = store
        self._most = most
        self._thread_id = thread_id
        self.context = context
        self._goes_on = goes_on
        self._renew_at = 0.0
        self._turn = asyncio.current_task()
        self.taken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.over = asyncio.Event()
        self.task = asyncio.create_task(self._hold())

    async def _hold(self) -> None:
        try:
            turn_id = await self._begin()
        except Exception as error:
            if not self.over.is_set():
                self.taken.set_exception(error)
            return
        self.taken.set_result(None)
        try:
            await self._renew(turn_id)
            await self.over.wait()
            await self._store.end_turn(self._thread_id, turn_id, self.context)
        except StoreError as error:
            logger.warning("the thread stays busy until its lock ends: %s", error)

    async def _begin(self) -> str:
        give_up = monotonic() + BUSY_SECONDS
        while True:
            try:
                return await self._store.begin_turn(
                    self._thread_id, self.context, seconds=LOCK_SECONDS, most=self._most
                )
            except ThreadBusy:
                # The turn before may just have been stopped, and is saving what it has.
                if monotonic() > give_up or self.over.is_set():
                    raise
                await asyncio.sleep(0.1)

    async def _renew(self, turn_id: str) -> None:
        """Until the turn is over; cancels it when it was stopped, or the thread is gone."""
        while not await self._is_over(LOOK_SECONDS if self._goes_on else LOCK_SECONDS / 3):
            try:
                held = await self._is_seen(turn_id) or await self._store.renew_turn(
                    self._thread_id, turn_id, self.context, seconds=LOCK_SECONDS
                )
            except StoreError as error:
                logger.warning("the lock could not be renewed: %s", error)
                continue
            if not held and self._turn is not None:
                self._turn.cancel()
                return

    async def _is_seen(self, turn_id: str) -> bool:
        """A look costs less than a renewal, which is due less often."""
        if monotonic() >= self._renew_at:
            self._renew_at = monotonic() + LOCK_SECONDS / 3
            return False
        with suppress(NotFoundError):
            return await self._store.running_turn(self._thread_id, self.context) == turn_id
        return False

    async def _is_over(self, seconds: float) -> bool:
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self.over.wait(), seconds)
        return self.over.is_set()
