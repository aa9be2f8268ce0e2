"""Pool: asyncpg's, which connects when it has to, and keeps nothing that may be broken."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
from asyncpg import Connection, Record

# Firewalls forget connections that were silent for longer.
IDLE_SECONDS = 240
CLOSE_SECONDS = 5
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

# Carries out a query on a connection.
Statement = Callable[..., Awaitable[list[Record]]]


class Pool:
    """The connections of one event loop."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[Connection[Record]]],
        size: int,
        timeout: float,
    ) -> None:
        self._timeout = timeout

        async def connected(*_: Any, **__: Any) -> Connection[Record]:
            return await connect()

        self._pool = asyncpg.create_pool(
            connect=connected,
            min_size=0,
            max_size=size,
            max_inactive_connection_lifetime=IDLE_SECONDS,
            # Statements leave nothing behind that the server would have to be asked to forget.
            reset=_nothing,
        )

    async def fetch(self, statement: Statement, query: str, *values: Any) -> list[Record]:
        """Raises what connecting or the statement raises; TimeoutError after too long a wait."""
        await self._pool
        async with self._pool.acquire(timeout=self._timeout) as connection:
            try:
                return await statement(connection, query, *values)
            except INTERRUPTED:
                connection.terminate()
                raise

    async def close(self) -> None:
        """Wait for every statement that runs, then close the connections for good."""
        await self._pool
        try:
            await asyncio.wait_for(self._pool.close(), CLOSE_SECONDS)
        except asyncio.TimeoutError:
            self._pool.terminate()


async def _nothing(connection: Connection[Record]) -> None:
    pass
