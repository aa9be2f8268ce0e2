"""Pool: the connections of one event loop; each statement gets one, the one used last first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

import asyncpg
from asyncpg import Connection, Record

# Firewalls forget connections that were silent for longer.
IDLE_SECONDS = 240
# Trouble that may pass: refused, cut or exhausted connections, time-outs, restarts, fail-over.
UNAVAILABLE = (
    OSError,
    asyncio.TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
)
# After these a connection may be in the middle of something, or at the wrong server.
INTERRUPTED = (asyncio.CancelledError, *UNAVAILABLE)


class Pool:
    """asyncpg's own pool makes a task for each release, which costs more than a point read."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[Connection[Record]]],
        statement: Callable[..., Awaitable[list[Record]]],
        size: int,
        patience: float,
    ) -> None:
        self._connect = connect
        self._statement = statement
        self._size = size
        self._patience = patience
        self._places: asyncio.LifoQueue[tuple[Connection[Record] | None, float]]
        self._places = asyncio.LifoQueue()
        for _ in range(size):
            self._places.put_nowait((None, 0))

    async def fetch(self, query: str, *values: Any) -> list[Record]:
        """Raises what connecting or the statement raises; a TimeoutError where all stay busy."""
        connection, used = await self._place()
        try:
            if connection is not None and monotonic() - used > IDLE_SECONDS:
                connection.terminate()
            if connection is None or connection.is_closed():
                connection = await self._connect()
            return await self._statement(connection, query, *values)
        except INTERRUPTED:
            if connection is not None:
                connection.terminate()
            raise
        finally:
            self._places.put_nowait((connection, monotonic()))

    async def close(self) -> None:
        """Wait for every statement that runs, then close the connections for good."""
        for _ in range(self._size):
            connection, _ = await self._places.get()
            if connection is not None:
                connection.terminate()

    async def _place(self) -> tuple[Connection[Record] | None, float]:
        if not self._places.empty():
            return self._places.get_nowait()
        return await asyncio.wait_for(self._places.get(), self._patience)
