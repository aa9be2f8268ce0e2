"""What the benchmark's clients do: turns over plain sockets, which cost the machine little."""

from __future__ import annotations

import asyncio
import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter, time
from typing import Any

import jwt
import psutil  # type: ignore[import-untyped]

SECRET = "a secret of the benchmark, which nobody else may know"
TEXT = b'"assistant_message.content_part.text_delta"'
END = b"finis."
HEAD = (
    "POST /chatkit HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    "Authorization: Bearer {token}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
)


class Broken(Exception):
    """A turn that did not end as it should: nothing is measured then."""


@dataclass
class User:
    """One person with one conversation, which goes on from turn to turn."""

    name: str
    port: int
    thread: str = ""
    firsts: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        claims = {"sub": self.name, "exp": int(time()) + 24 * 3600, "name": self.name}
        self._token = jwt.encode(claims, SECRET, "HS256")

    async def connect(self, words: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        content = [{"type": "input_text", "text": words}]
        said = {"content": content, "attachments": [], "inference_options": {}}
        kind = "threads.add_user_message" if self.thread else "threads.create"
        params = {"input": said} | ({"thread_id": self.thread} if self.thread else {})
        body = json.dumps({"type": kind, "params": params})
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write((HEAD.format(token=self._token, length=len(body)) + body).encode())
        return reader, writer

    async def turn(self, words: str = "List my tasks.") -> None:
        began, first, read = perf_counter(), 0.0, bytearray()
        reader, writer = await self.connect(words)
        while piece := await reader.read(65536):
            read += piece
            if not first and TEXT in read:
                first = perf_counter() - began
        writer.close()
        if not first or not read.rstrip().endswith(b"0") or read.count(END) < 2:
            raise Broken(f"{self.name}: {read[-600:].decode(errors='replace')}")
        self.thread = self.thread or _thread_in(bytes(read))
        self.firsts.append(first * 1000)


def _thread_in(read: bytes) -> str:
    mark = b'"thread":{"id":"'
    return read.partition(mark)[2].partition(b'"')[0].decode()


@dataclass(frozen=True)
class Block:
    """What some turns took: processor ms and ms to the first text of one, and turns per second."""

    cost: float
    rate: float
    first: float


async def block(users: Sequence[User], turns: int, process: psutil.Process) -> Block:
    """So many turns, one at a time for each user."""
    left = iter(range(turns))

    async def go(user: User) -> None:
        user.firsts.clear()
        for _ in left:
            await user.turn()

    before, began = _spent(process), perf_counter()
    await asyncio.gather(*map(go, users))
    took = perf_counter() - began
    firsts = [each for user in users for each in user.firsts]
    cost = (_spent(process) - before) * 1000 / turns
    return Block(cost, turns / took, statistics.median(firsts))


def _spent(process: psutil.Process) -> float:
    times: Any = process.cpu_times()
    return float(times.user + times.system)
