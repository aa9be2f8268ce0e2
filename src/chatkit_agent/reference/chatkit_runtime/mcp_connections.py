"""Connections to tools: each is one person's and one turn's at a time, and stays warm for a while.

Nobody gets a connection that another person, another token or another server was spoken to with.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Hashable, Sequence
from contextlib import asynccontextmanager
from time import time

from .mcp import UserMCPServer

logger = logging.getLogger(__name__)

PING_SECONDS = 2.0


class Connection:
    """A server in the task that its connection begins and ends in, as the library asks for."""

    def __init__(self, server: UserMCPServer) -> None:
        self.server = server
        self.problem: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.task = asyncio.create_task(self._stay())
        self.timer: asyncio.TimerHandle | None = None

    async def _stay(self) -> None:
        try:
            await self.server.connect()
            self.problem.set_result("")
            await asyncio.Event().wait()
        except Exception as error:
            if not self.problem.done():
                self.problem.set_result(self.server.problem(error))
        finally:
            await self.server.cleanup()  # type: ignore[no-untyped-call]

    @property
    def is_open(self) -> bool:
        return self.problem.done() and not self.problem.result() and not self.task.done()

    async def answers(self) -> bool:
        """Whether it may be used again: asked before anything is sent that acts."""
        try:
            return self.is_open and await asyncio.wait_for(self.server.is_alive(), PING_SECONDS)
        except Exception:
            return False

    async def close(self) -> None:
        # First it says goodbye to its server; what takes too long at that is cut.
        for _ in range(2):
            self.task.cancel()
            await asyncio.wait([self.task], timeout=2)


class Connections:
    """The warm connections of one process: `most` of them, each for `seconds` after its turn."""

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._most = most
        self._warm: dict[Hashable, Connection] = {}
        self._closing: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def lend(
        self, servers: Sequence[UserMCPServer], seconds: float
    ) -> AsyncIterator[list[UserMCPServer]]:
        """Those of the servers that answer in time, for one turn, which may be stopped meanwhile.

        A server that is warm comes in place of the one that was given.
        """
        lent = await self._take_all(servers) if servers else []
        try:
            if lent:
                await asyncio.wait([each.problem for each in lent], timeout=seconds)
            for each in lent:
                if not each.is_open:
                    problem = each.problem.result() if each.problem.done() else "no answer"
                    logger.warning(
                        "the tools of %s cannot be reached: %s", each.server.name, problem
                    )
            yield [each.server for each in lent if each.is_open]
        finally:
            closing = [self._close(each) for each in lent if not self._keep(each)]
            if closing:
                await asyncio.wait(closing)

    async def _take_all(self, servers: Sequence[UserMCPServer]) -> list[Connection]:
        warm = [self._take(server) for server in servers]
        try:
            alive = await asyncio.gather(*(each.answers() for each in warm if each))
        except BaseException:  # the turn was stopped meanwhile
            for each in filter(None, warm):
                self._close(each)
            raise
        usable = [each for each, ok in zip(filter(None, warm), alive, strict=True) if ok]
        return [
            self._lend(each, server) if each in usable else self._anew(each, server)
            for server, each in zip(servers, warm, strict=True)
        ]

    def _lend(self, warm: Connection | None, server: UserMCPServer) -> Connection:
        assert warm is not None
        warm.server.lend_to(server.context)
        return warm

    def _anew(self, dead: Connection | None, server: UserMCPServer) -> Connection:
        if dead is not None:
            self._close(dead)
        return Connection(server)

    def _take(self, server: UserMCPServer) -> Connection | None:
        for each in [one for one in self._warm.values() if one.server.is_of_old_token(server)]:
            self._drop(each)
        found = self._warm.pop(server.identity, None)
        if found is not None and found.timer is not None:
            found.timer.cancel()
        return found

    def _keep(self, connection: Connection) -> bool:
        """Whether it stays: no call of it broke, or is still under way, and there is room."""
        server = connection.server
        seconds = min(self._seconds, server.expires_at - time())
        is_usable = connection.is_open and server.is_reusable and seconds > 0
        if not is_usable or server.identity in self._warm:
            return False
        while len(self._warm) >= self._most:
            self._drop(next(iter(self._warm.values())))
        timer = asyncio.get_running_loop().call_later(seconds, self._drop, connection)
        connection.timer = timer
        self._warm[server.identity] = connection
        return True

    def _drop(self, connection: Connection) -> None:
        if self._warm.get(connection.server.identity) is connection:
            del self._warm[connection.server.identity]
        if connection.timer is not None:
            connection.timer.cancel()
        self._close(connection)

    def _close(self, connection: Connection) -> asyncio.Task[None]:
        task = asyncio.create_task(connection.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
        return task

    async def close(self) -> None:
        self._seconds = 0
        for each in list(self._warm.values()):
            self._drop(each)
        if self._closing:
            await asyncio.wait(self._closing)
