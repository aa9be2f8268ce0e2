"""A stream in a task of its own, behind a queue: whoever reads it may leave, it ends in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import Generic, TypeVar

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
        self._items: asyncio.Queue[T | _End] = asyncio.Queue()
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
        self._items.put_nowait(_End(None if task.cancelled() else task.exception()))

    def put(self, item: T) -> None:
        if self._is_read:
            self._items.put_nowait(item)

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
        due: float | None = None
        while True:
            wait = None if due is None else max(0.0, due - monotonic())
            try:
                got = await asyncio.wait_for(self._items.get(), wait)
            except asyncio.TimeoutError:
                await save()
                due = None
                continue
            item = _opened(got)
            if item is None:
                return
            yield item
            due = due or monotonic() + seconds

    async def read(self, silence: float | None = None) -> T | None:
        """The next item, or None at the end; raises what the stream raised.

        Raises:
            asyncio.TimeoutError: there was none for `silence` seconds.
        """
        return _opened(await asyncio.wait_for(self._items.get(), silence))


def _opened(item: T | _End) -> T | None:
    if not isinstance(item, _End):
        return item
    if item.error is not None:
        raise item.error
    return None
