"""What the requests of one process share: opened on first use, drained when the server stops."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import FrameType
from typing import Any

from fastapi import FastAPI

from ..chatkit_store import StoreUnavailable
from .error_responses import OVERLOADED, TOO_MANY_FOLLOWED, Refused
from .event_queue import EventQueue
from .failures import error_event
from .health import Looks
from .resources import Resources
from .settings import ConfigurationError

logger = logging.getLogger(__name__)

MOST_TOLD = 10
MOST_FOLLOWED = 20
TALKATIVE = ("mcp", "openai", "sse_starlette", "hpack", "botocore")
RESTARTING = "The server is restarting. Send your message again in a moment."


class Lifecycle:
    """Each of `parts` names what it lacks, such as the sign-in."""

    def __init__(self, make: Callable[[], Resources], *parts: Callable[[], list[str]]) -> None:
        self._make = make
        self._parts = parts
        self._shared: Resources | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turns: dict[EventQueue[bytes], str] = {}
        self._followers: dict[EventQueue[bytes], str] = {}
        self._draining = False
        self._told: dict[str, None] = {}
        self._looks = Looks()
        self._handlers: dict[int, Callable[[int, FrameType | None], Any]] = {}

    def open(self) -> Resources:
        """Connects to nothing yet. Raises ConfigurationError; StoreUnavailable while draining."""
        if self._draining:
            raise StoreUnavailable(RESTARTING)
        loop = asyncio.get_running_loop()
        # Connections belong to an event loop, and tests make a new one for each client.
        if self._shared is None or self._loop is not loop:
            self._shared, self._loop = self._open(), loop
            self._drain_on_signals()
        keep_talk_out_of_logs()
        return self._shared

    def _open(self) -> Resources:
        if missing := self.missing():
            raise ConfigurationError(f"set {', '.join(missing)}")
        return self._make()

    def missing(self) -> list[str]:
        """The names of what has to be set before the chat can answer."""
        return list(dict.fromkeys(name for part in self._parts for name in part()))

    async def health(self) -> tuple[list[str], list[str]]:
        """The names of what keeps the chat from answering, and of what it goes on without."""
        if missing := self.missing():
            return missing, []
        look = await self._looks.latest(self.open())
        if look.unreachable:
            return list(look.unreachable), []
        return [], list(dict.fromkeys([*look.away, *self._told]))

    def tell(self, problem: str) -> None:
        """Keeps in health, and logs once, what an answer went on without."""
        if problem not in self._told:
            logger.warning("the chat goes on without %s", problem)
        self._told = dict.fromkeys([*self._told, problem][-MOST_TOLD:])

    def start(self, events: AsyncIterator[bytes], user_id: str) -> EventQueue[bytes]:
        """Raises Refused where this process writes as many answers as it can."""
        if len(self._turns) >= self.open().settings.turns_per_process:
            raise Refused(*OVERLOADED)
        return _begin(events, user_id, self._turns)

    def follow(self, events: AsyncIterator[bytes], user_id: str) -> EventQueue[bytes]:
        """Raises Refused where this person follows too many answers in this process already."""
        if list(self._followers.values()).count(user_id) >= MOST_FOLLOWED:
            raise Refused(*TOO_MANY_FOLLOWED)
        return _begin(events, user_id, self._followers)

    @asynccontextmanager
    async def lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        """Not every FastAPI runs it: nothing depends on it but a clean end."""
        self._draining = False
        if missing := self.missing():
            logger.warning("the chat answers 503 until you set %s", ", ".join(missing))
        yield
        self.drain()
        if self._turns:
            await asyncio.wait({turn.task for turn in self._turns}, timeout=5)
        if self._shared is not None:
            await self._shared.close()
        self._shared = None

    def drain(self) -> None:
        """Ends all turns: what was said is saved, and the client is told to ask again."""
        self._draining = True
        for turn in list(self._turns):
            turn.put(error_event(RESTARTING))
            turn.stop()
        for follower in list(self._followers):
            follower.stop()

    def _drain_on_signals(self) -> None:
        # A server waits for its open streams before it ends the lifespan: too late for them.
        if threading.current_thread() is not threading.main_thread():
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            handler = signal.getsignal(number)
            if callable(handler) and handler != self._on_signal:
                self._handlers[number] = handler
                signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.drain)
        self._handlers[number](number, frame)


def _begin(
    events: AsyncIterator[bytes], user_id: str, running: dict[EventQueue[bytes], str]
) -> EventQueue[bytes]:
    queue = EventQueue(events)
    running[queue] = user_id
    queue.task.add_done_callback(lambda _: running.pop(queue))
    return queue


def keep_talk_out_of_logs() -> None:
    """At DEBUG these write down what they send: conversations, arguments, tokens.

    Looked at for each request: an application may set its levels at any time.
    """
    loggers = logging.root.manager.loggerDict
    for name in (*TALKATIVE, *(each for each in list(loggers) if each.startswith(TALKATIVE))):
        logger = logging.getLogger(name)
        if logger.getEffectiveLevel() < logging.INFO:
            logger.setLevel(logging.INFO)
