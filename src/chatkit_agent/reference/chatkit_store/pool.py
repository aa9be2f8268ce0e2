"""Pool: the connections of one event loop, the one used last first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncpg import Connection, Record

# Firewalls forget connections that were silent for longer.
IDLE_SECONDS = 240


class Pool:
    """asyncpg's own pool makes a task for each release, which costs more than a point read."""

    def __init__(
        self, connect: Callable[[], Awaitable[Connection[Record]]], size: int, patience: float
    ) -> None:
        self._connect = connect
        self._size = size
        self._patience = patience
        self._places: asyncio.LifoQueue[tuple[Connection[Record] | None, float]]
        self._places = asyncio.LifoQueue()
        for _ in range(size):
            self._places.put_nowait((None, 0))

    async def take(self) -> Connection[Record]:
        """Raises what connecting raises, or a TimeoutError where all stay busy."""
        connection, used = await self._place()
        try:
            if connection is not None and not connection.is_closed():
                if monotonic() - used < IDLE_SECONDS:
                    return connection
                connection.terminate()
            return await self._connect()
        except BaseException:
            self._places.put_nowait((None, 0))
            raise

    def give(self, connection: Connection[Record]) -> None:
        self._places.put_nowait((connection, monotonic()))

    async def close(self) -> None:
        """Wait for every statement that runs, then close the connections for good."""
        for _ in range(self._size):
            connection, _ = await self._places.get()
            if connection is not None:
                connection.terminate()

    async def _place(self) -> tuple[Connection[Record] | None, float]:
        try:
            return self._places.get_nowait()
        except asyncio.QueueEmpty:
            return await asyncio.wait_for(self._places.get(), self._patience)
