"""What the requests of one process share: opened on first use, drained when the server stops."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

from agents import Model
from fastapi import FastAPI
from openai import AsyncOpenAI

from ..chatkit_store import (
    PostgresStore,
    StoreConfig,
    StoreError,
    StoreNotConfigured,
    StoreUnavailable,
)
from ..chatkit_store.config import ENV_PREFIX
from ..services.chat_agent import make_client, make_model
from ..services.chat_settings import ChatSettings, ConfigurationError, lacking
from .error_responses import TOO_MANY, Refused
from .event_queue import EventQueue
from .failures import error_event
from .mcp import answers

logger = logging.getLogger(__name__)

MOST_TOLD = 10
RESTARTING = "The server is restarting. Send your message again in a moment."


@dataclass(frozen=True)
class Resources:
    settings: ChatSettings
    store: PostgresStore
    client: AsyncOpenAI
    model: Model


class Lifecycle:
    """Each of `also_missing` names what a part of the chat lacks, such as the sign-in."""

    def __init__(self, *also_missing: Callable[[], list[str]]) -> None:
        self._also_missing = also_missing
        self._parts: Resources | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turns: dict[EventQueue[bytes], str] = {}
        self._draining = False
        self._told: dict[str, None] = {}
        self._handlers: dict[int, Callable[[int, FrameType | None], Any]] = {}

    def open(self) -> Resources:
        """Connects to nothing yet. Raises ConfigurationError; StoreUnavailable while draining."""
        if self._draining:
            raise StoreUnavailable(RESTARTING)
        loop = asyncio.get_running_loop()
        # Connections belong to an event loop, and tests make a new one for each client.
        if self._parts is None or self._loop is not loop:
            self._parts, self._loop = self._make_parts(), loop
            self._drain_on_signals()
            _keep_tokens_out_of_logs()
        return self._parts

    def _make_parts(self) -> Resources:
        if missing := self.missing():
            raise ConfigurationError(f"set {', '.join(missing)}")
        settings = ChatSettings()
        client = make_client(settings)
        return Resources(
            settings, PostgresStore(StoreConfig()), client, make_model(settings, client)
        )

    def missing(self) -> list[str]:
        """The names of what has to be set before the chat can answer."""
        missing = lacking(StoreConfig)
        for part in self._also_missing:
            missing += part()
        return list(dict.fromkeys(missing))

    async def unreachable(self) -> list[str]:
        """The names of what is set, but does not answer."""
        try:
            await self.open().store.ping()
        except StoreNotConfigured as error:
            logger.warning("the chat is not ready: %s", error)
            return [str(error)]
        except StoreError as error:
            logger.warning("the chat is not ready: %s", error)
            return ["database"]
        return []

    async def away(self) -> list[str]:
        """The names of what the chat goes on without."""
        servers = self.open().settings.tool_servers
        found = await asyncio.gather(*(answers(each.url) for each in servers))
        away = [
            f"{ENV_PREFIX}MCP_SERVERS ({each.name or each.host})"
            if each in self.open().settings.mcp_servers
            else "MCP_SERVER_URL"
            for each, is_there in zip(servers, found, strict=True)
            if not is_there
        ]
        return [*dict.fromkeys(away), *self._told]

    def tell(self, problem: str) -> None:
        """Keeps in health, and logs once, what an answer went on without."""
        if problem not in self._told:
            logger.warning("the chat goes on without %s", problem)
        self._told = dict.fromkeys([*self._told, problem][-MOST_TOLD:])

    def start(self, events: AsyncIterator[bytes], user_id: str) -> EventQueue[bytes]:
        """Raises Refused where this person has too many answers written by this process already."""
        if list(self._turns.values()).count(user_id) >= self.open().settings.turns_per_user:
            raise Refused(*TOO_MANY)
        turn = EventQueue(events)
        self._turns[turn] = user_id
        turn.task.add_done_callback(lambda _: self._turns.pop(turn))
        return turn

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
        if self._parts is not None:
            await self._parts.client.close()
            await self._parts.store.close()
        self._parts = None

    def drain(self) -> None:
        """Ends all turns: what was said is saved, and the client is told to ask again."""
        self._draining = True
        for turn in list(self._turns):
            turn.put(error_event(RESTARTING))
            turn.stop()

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


def _keep_tokens_out_of_logs() -> None:
    """At DEBUG these write down what they send: conversations, arguments, tokens."""
    for name in ("mcp", "openai", "openai.agents"):
        if logging.getLogger(name).getEffectiveLevel() < logging.INFO:
            logging.getLogger(name).setLevel(logging.INFO)
