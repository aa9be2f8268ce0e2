"""What can be reached: looked at once a second at most, whoever and however many ask."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from time import monotonic

from ..chatkit_store import StoreError, StoreNotConfigured
from .mcp import answers
from .resources import Resources

logger = logging.getLogger(__name__)

FRESH_SECONDS = 1


@dataclass(frozen=True)
class Look:
    unreachable: tuple[str, ...] = ()
    """The names of what is set, but does not answer, and without which nothing goes."""
    away: tuple[str, ...] = ()
    """The names of what the chat goes on without."""


class Looks:
    """One look for all who ask at the same time, and for whoever asks right after it."""

    def __init__(self) -> None:
        self._task: asyncio.Task[Look] | None = None
        self._ended = 0.0

    async def latest(self, shared: Resources) -> Look:
        task = self._task
        if task is None or not self._is_fresh(task):
            task = self._task = asyncio.create_task(_look(shared))
            task.add_done_callback(self._note_end)
        return await asyncio.shield(task)

    def _is_fresh(self, task: asyncio.Task[Look]) -> bool:
        # Tests make a new event loop for each client.
        is_here = task.get_loop() is asyncio.get_running_loop()
        return is_here and (not task.done() or monotonic() - self._ended < FRESH_SECONDS)

    def _note_end(self, _: object) -> None:
        self._ended = monotonic()


async def _look(shared: Resources) -> Look:
    unreachable = await _unreachable(shared)
    return Look(unreachable) if unreachable else Look(away=await _away(shared))


async def _unreachable(shared: Resources) -> tuple[str, ...]:
    try:
        await shared.store.ping()
    except StoreError as error:
        logger.warning("the chat is not ready: %s", error)
        return (str(error) if isinstance(error, StoreNotConfigured) else "database",)
    return ()


async def _away(shared: Resources) -> tuple[str, ...]:
    settings = shared.settings
    servers = settings.tool_servers
    found = await asyncio.gather(*(answers(each.url) for each in servers))
    away = [
        f"{settings.variable('MCP_SERVERS')} ({each.name or each.host})"
        if each in settings.mcp_servers
        else "MCP_SERVER_URL"
        for each, is_there in zip(servers, found, strict=True)
        if not is_there
    ]
    return tuple(dict.fromkeys(away))
