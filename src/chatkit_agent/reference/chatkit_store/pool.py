"""Pool: the connections of one event loop; each statement gets one, the one used last first."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, NamedTuple

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


# Carries out a query on a connection.
Statement = Callable[..., Awaitable[list[Record]]]


class Place(NamedTuple):
    """One of the pool's connections, None where it has yet to be made, and when it was used."""

    connection: Connection[Record] | None = None
    used: float = 0


class Pool:
    """First come, first served. asyncpg's own pool takes half as long again for a point read."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[Connection[Record]]],
        statement: Statement,
        size: int,
        timeout: float,
    ) -> None:
        self._connect = connect
        self._statement = statement
        self._size = size
        self._timeout = timeout
        self._free = [Place()] * size
        self._line: deque[asyncio.Future[Place]] = deque()

    async def fetch(
        self, query: str, *values: Any, statement: Statement | None = None
    ) -> list[Record]:
        """Raises what connecting or the statement raises; TimeoutError after too long a wait."""
        asked = monotonic()
        place = await self._take()
        try:
            if monotonic() - asked > self._timeout:
                raise asyncio.TimeoutError
            connection = _usable(place) or await self._connect()
            try:
                return await (statement or self._statement)(connection, query, *values)
            except INTERRUPTED:
                connection.terminate()
                raise
            finally:
                place = Place(connection, monotonic())
        finally:
            self._hand_on(place)

    async def close(self) -> None:
        """Wait for every statement that runs, then close the connections for good."""
        for _ in range(self._size):
            place = await self._take()
            if place.connection is not None:
                place.connection.terminate()

    async def _take(self) -> Place:
        if self._free:
            return self._free.pop()
        turn: asyncio.Future[Place] = asyncio.get_running_loop().create_future()
        self._line.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # the place was handed on in the same moment
                self._hand_on(turn.result())
            raise

    def _hand_on(self, place: Place) -> None:
        while self._line:
            turn = self._line.popleft()
            if not turn.done():
                turn.set_result(place)
                return
        self._free.append(place)


def _usable(place: Place) -> Connection[Record] | None:
    connection, used = place
    if connection is None or connection.is_closed():
        return None
    if monotonic() - used < IDLE_SECONDS:
        return connection
    connection.terminate()
    return None
