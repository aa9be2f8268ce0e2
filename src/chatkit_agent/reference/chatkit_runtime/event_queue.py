"""A stream in a task of its own, behind a queue: whoever reads it may leave, it ends in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class _End:
    error: BaseException | None


class EventQueue(Generic[T]):
    """Runs a stream in a task of its own: whoever reads it may leave, and it still ends in order.

    A web server cancels a reader at any await, and again in its `finally`. This task is cancelled
    once, by `stop`, and then has the time to save what it has.
    """

    def __init__(self, source: AsyncIterator[T]) -> None:
        self._items: deque[T | _End] = deque()
        self._is_there = asyncio.Event()
        self.task = asyncio.create_task(self._run(source))
        self.task.add_done_callback(self._end)
        self._has_begun = False
        self._is_stopped = False
        self._is_read = True

    async def _run(self, source: AsyncIterator[T]) -> None:
        async for item in source:
            self.put(item)
            self._has_begun = True
            if self._is_stopped:
                self.task.cancel()

    def _end(self, task: asyncio.Task[None]) -> None:
        self._put(_End(None if task.cancelled() else task.exception()))

    def put(self, item: T) -> None:
        if self._is_read:
            self._put(item)

    def _put(self, item: T | _End) -> None:
        self._items.append(item)
        self._is_there.set()

    def leave(self) -> None:
        """Nobody reads on; what comes is not kept for anybody."""
        self._is_read = False

    def stop(self) -> None:
        """Ends it, but not before its first item: that tells of a message that is stored."""
        if self._has_begun and not self._is_stopped and not self.task.done():
            self.task.cancel()
        self._is_stopped = True

    async def paced(self, seconds: float, save: Callable[[], Awaitable[None]]) -> AsyncIterator[T]:
        """Each item; `save` is called so many seconds after one, and not more often.

        It is called while nothing comes as well: a model may be silent in the middle of a sentence.
        """
        loop = asyncio.get_running_loop()
        due: float | None = None
        while True:
            if due is not None and loop.time() >= due:
                due = None
                await save()
            if not self._items:
                self._is_there.clear()
                await self._is_there.wait()
            if not self._items:  # woken because it is due
                due = due and loop.time()
                continue
            item = await self.read()
            if item is None:
                return
            yield item
            if due is None:
                due = loop.time() + seconds
                loop.call_at(due, self._is_there.set)

    async def read(self, silence: float | None = None) -> T | None:
        """The next item, or None at the end; raises what the stream raised.

        Raises:
            asyncio.TimeoutError: there was none for `silence` seconds.
        """
        while not self._items:
            self._is_there.clear()
            await asyncio.wait_for(self._is_there.wait(), silence)
        item = self._items.popleft()
        if not isinstance(item, _End):
            return item
        if item.error is not None:
            raise item.error
        return None

    def waiting(self, fits: Callable[[T], bool] = lambda _: True) -> Iterator[T]:
        """What can be read at once, up to the first that does not fit."""
        while self._items and not isinstance(item := self._items[0], _End) and fits(item):
            self._items.popleft()
            yield item


def alongside(work: Coroutine[Any, Any, T], opened: AsyncExitStack) -> asyncio.Task[T]:
    """The work in a task of its own, which ends no later than what is opened."""
    task = asyncio.create_task(work)

    async def end() -> None:
        task.cancel()
        await asyncio.wait([task])

    opened.push_async_callback(end)
    return task
