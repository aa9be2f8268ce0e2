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
    """First come, first served. asyncpg's own pool takes half as long again for a point read."""

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
        self._places = asyncio.Semaphore(size)
        self._idle: list[tuple[Connection[Record], float]] = []

    async def fetch(self, query: str, *values: Any) -> list[Record]:
        """Raises what connecting or the statement raises; TimeoutError after too long a wait."""
        asked = monotonic()
        async with self._places:
            if monotonic() - asked > self._patience:
                raise asyncio.TimeoutError
            connection = await self._connection()
            try:
                return await self._statement(connection, query, *values)
            except INTERRUPTED:
                connection.terminate()
                raise
            finally:
                self._idle.append((connection, monotonic()))

    async def close(self) -> None:
        """Wait for every statement that runs, then close the connections for good."""
        for _ in range(self._size):
            await self._places.acquire()
        for connection, _ in self._idle:
            connection.terminate()

    async def _connection(self) -> Connection[Record]:
        while self._idle:
            connection, used = self._idle.pop()
            if not connection.is_closed() and monotonic() - used < IDLE_SECONDS:
                return connection
            connection.terminate()
        return await self._connect()
