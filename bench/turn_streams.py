"""Many answers that are open at once on one worker: what each takes, and who else is served."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import httpx
from turn_load import TEXT, Broken, User

STEPS = (0, 100, 250, 500, 750, 1000)
AT_ONCE = 10
LOOKS, PAUSE = 100, 0.05
TIMEOUT = 300


@dataclass(frozen=True)
class Streams:
    """MiB of the process by open streams, KiB of each, and ms until health answered."""

    sizes: dict[int, float]
    each: float
    health: dict[int, list[float]]


async def open_streams(users: Sequence[User], url: str, *, has_health: bool = True) -> Streams:
    steps = [step for step in STEPS if step < len(users)] + [len(users)]
    sizes, health = {}, {}
    held: list[asyncio.StreamWriter] = []
    reading: list[asyncio.Task[None]] = []
    limit = asyncio.Semaphore(AT_ONCE)

    async def begin(user: User) -> None:
        async with limit:
            reader, writer = await user.connect("Wait for a long answer.")
            held.append(writer)
            await _first_text(user, reader)
            reading.append(asyncio.create_task(_read_on(reader)))

    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT) as http:
        await _warm(users[-20:])
        for before, count in zip((0, *steps), steps, strict=False):
            await asyncio.gather(*map(begin, users[before:count]))
            if has_health:
                health[count] = await _health(http)
            if any(task.done() for task in reading):
                raise Broken("an open stream ended")
            sizes[count] = (await http.get("/bench/held")).json()["rss"] / 2**20
    for writer in held:
        writer.close()
    for task in reading:
        task.cancel()
    each = (sizes[steps[-1]] - sizes[steps[1]]) * 1024 / (steps[-1] - steps[1])
    return Streams(sizes, each, health)


async def _warm(users: Sequence[User]) -> None:
    for user in users:
        reader, writer = await user.connect("Wait for a long answer.")
        await _first_text(user, reader)
        writer.close()


async def _first_text(user: User, reader: asyncio.StreamReader) -> None:
    read = b""
    while TEXT not in read:
        piece = await asyncio.wait_for(reader.read(65536), TIMEOUT)
        if not piece:
            raise Broken(f"{user.name}: {read[-600:].decode(errors='replace')}")
        read += piece


async def _read_on(reader: asyncio.StreamReader) -> None:
    while await reader.read(65536):
        pass


async def _health(http: httpx.AsyncClient) -> list[float]:
    """Milliseconds of each request to the health route, which asks the database and the tools."""
    await http.get("/chatkit/health")
    took = []
    for _ in range(LOOKS):
        began = perf_counter()
        (await http.get("/chatkit/health")).raise_for_status()
        took.append((perf_counter() - began) * 1000)
        await asyncio.sleep(PAUSE)
    return took
