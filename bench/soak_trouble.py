"""What goes wrong during a soak: the provider, the tools, their server and the database."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import jwt
from soak_ledger import NAME, Ledger

from chatkit_agent.sandbox.mcp_server import ProbeServer
from chatkit_agent.sandbox.model import OfflineModel
from chatkit_agent.sandbox.postgres import postgres

T = TypeVar("T")

# How every token of a run begins, since their headers are the same.
TOKEN = re.compile(r"eyJhbGciOi")
# For how long a trouble is felt after it ended: the provider's by a client that tries again, the
# tools' by a turn that began with them, and the database's by a thread whose turn could not be
# ended, until its lease ends.
FELT = {"provider": 5.0, "tools": 20.0, "database": 20.0}
SPELL, PAUSE = 5.0, 10.0


class Trouble:
    """Holds the servers around the chat, troubles them, and reads what they were sent."""

    def __init__(self, ledger: Ledger, data: Path, seconds: float) -> None:
        self._ledger = ledger
        self._data = data
        self._seconds = seconds
        self._random = random.Random(1)
        self._database, self._tools = ExitStack(), ExitStack()
        self._added: Counter[str] = Counter()
        self.model = OfflineModel(seconds_per_word=0.02)
        self.probe = ProbeServer()
        self.database_url = ""

    def start(self) -> None:
        self.database_url = self._database.enter_context(postgres(self._data))
        self._tools.enter_context(self.probe)

    def stop(self) -> None:
        self._tools.close()
        self._database.close()

    async def everything(self) -> None:
        await asyncio.gather(
            self._provider_spells(),
            self._often(10, self._failing_tools),
            self._often(10, self._slow_tools),
            self._tool_server_restarts(),
            self._database_restart(),
        )

    async def _often(self, seconds: float, trouble: Callable[[], object]) -> None:
        while True:
            await asyncio.sleep(self._random.expovariate(1 / seconds))
            trouble()

    async def _provider_spells(self) -> None:
        while True:
            self._ledger.begin("provider")
            for _ in range(12):
                self._provider()
                await asyncio.sleep(SPELL / 12)
            self.model.behave()
            self._ledger.end("provider", FELT["provider"])
            await asyncio.sleep(PAUSE)

    def _provider(self) -> None:
        self._ledger.figures["provider failures"] += 1
        kind = self._random.choice(["429", "500", "broken off", "slow"])
        if kind == "broken off":
            self.model.behave(break_after=self._random.randint(1, 10), times=1)
        elif kind == "slow":
            self.model.behave(first_token_delay=3, times=1)
        else:
            self.model.behave(int(kind), times=self._random.randint(1, 6))

    def _failing_tools(self) -> None:
        self._ledger.figures["spells of failing tools"] += 1
        self.probe.error = "cannot reach postgresql://app:hunter2@db/tasks"
        asyncio.get_running_loop().call_later(1, setattr, self.probe, "error", "")

    def _slow_tools(self) -> None:
        self._ledger.figures["spells of slow tools"] += 1
        self.probe.slow = 2
        asyncio.get_running_loop().call_later(2, setattr, self.probe, "slow", 0)

    async def _tool_server_restarts(self) -> None:
        while True:
            await asyncio.sleep(self._seconds / 7)
            port = urlsplit(self.probe.url).port
            assert port is not None
            self._ledger.begin("tools")
            await asyncio.to_thread(self._tools.close)
            self.read_tools()
            await asyncio.sleep(1)
            self.probe = ProbeServer(port=port)
            await asyncio.to_thread(self._tools.enter_context, self.probe)
            self._ledger.end("tools", FELT["tools"])
            self._ledger.figures["restarts of the tools' server"] += 1

    async def _database_restart(self) -> None:
        await asyncio.sleep(self._seconds / 2)
        self._ledger.begin("database")
        await asyncio.to_thread(self._database.close)
        await asyncio.sleep(2)
        await asyncio.to_thread(self._database.enter_context, postgres(self._data))
        self._ledger.end("database", FELT["database"])
        self._ledger.figures["restarts of the database"] += 1

    def read_model(self) -> None:
        """Nothing that the model was sent may hold a token."""
        for request in _taken(self.model.requests):
            self._ledger.figures["requests to the model"] += 1
            if TOKEN.search(request.text) or TOKEN.search(str(request.headers)):
                self._ledger.violation("the model was sent a token")

    def read_tools(self) -> None:
        """Every call comes as the user who asked for it, and no deed is done twice."""
        _taken(self.probe.headers)
        for call in _taken(self.probe.calls):
            self._ledger.figures["tool calls"] += 1
            token = (call.authorization or "").removeprefix("Bearer ")
            user = jwt.decode(token, options={"verify_signature": False})["sub"]
            title = str(call.arguments.get("title", user))
            if NAME.findall(title) != [user]:
                self._ledger.violation(f"a tool was called as {user} for {title!r}")
            self._added[title] += "title" in call.arguments
            if self._added[title] > 1:
                self._ledger.violation(f"a tool ran twice: {title!r}")


def _taken(recorded: list[T]) -> list[T]:
    """What was recorded so far; the list belongs to another thread, which only appends."""
    taken = recorded[:]
    del recorded[: len(taken)]
    return taken
