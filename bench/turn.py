"""What a turn costs: the delivered chat beside the bare SDK, and beside a reference by its path.

    python bench/turn.py [--people N ...] [--streams N] [--rounds N] [--write] [--reference FILE]

A turn is one call of a tool, then 50 tokens, in a conversation of 20 items or more. The delivered
chat verifies the user, holds the thread, stores everything in PostgreSQL and calls its tool by
MCP as the user; the bare SDK does none of that. The model, the tools' server and the database are
processes of their own, and only the application's own processor time is counted. Blocks of turns
alternate in one run, so that whatever else the machine does meets all of them.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil  # type: ignore[import-untyped]
from turn_load import SECRET, Block, Broken, User, block
from turn_page import BARE, OURS, Measured, Profile, Profiles, print_all, write
from turn_streams import STEPS, Streams, open_streams

from chatkit_agent.reference.chatkit_store.config import ENV_PREFIX
from chatkit_agent.sandbox.postgres import create_database, data_directory, drop_database, postgres

HERE = Path(__file__).parent
CONCURRENCY = (1, 32, 128)
# Turns of a block, and before all of them: until a conversation has its 20 items.
TURNS = {1: 30, 32: 64, 128: 128}
WARM = 11
AT_ONCE = 8
ROUNDS = 7
PROFILED = 60
# What an open answer takes is the same for each of them.
BARE_STREAMS = 250


@dataclass
class Target:
    """An application under measurement, and the people who use it."""

    name: str
    url: str
    process: psutil.Process
    users: list[User]


@contextmanager
def server(kind: str, **settings: str) -> Iterator[tuple[str, int]]:
    """The URL of a server of `turn_servers.py`, and its process."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(2048)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        process = subprocess.Popen(
            [sys.executable, HERE / "turn_servers.py", kind, str(listener.fileno())],
            pass_fds=[listener.fileno()],
            env={**os.environ, **settings},
        )
    try:
        yield url, process.pid
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def surroundings() -> Iterator[dict[str, str]]:
    """The settings of an application whose model, tools and database run."""
    with ExitStack() as running:
        model, _ = running.enter_context(server("model"))
        tools, _ = running.enter_context(server("tools"))
        main = running.enter_context(postgres(data_directory("bench")))
        name = f"bench_turn_{os.getpid()}"
        database = create_database(main, name)
        running.callback(drop_database, main, name)
        yield {
            f"{ENV_PREFIX}DATABASE_URL": database,
            f"{ENV_PREFIX}JWT_SECRET": SECRET,
            # A busy machine takes its time, which is no failure here.
            f"{ENV_PREFIX}STATEMENT_TIMEOUT": "120",
            f"{ENV_PREFIX}MCP_CONNECT_SECONDS": "120",
            f"{ENV_PREFIX}MODEL_SECONDS": "600",
            f"{ENV_PREFIX}MCP_WARM_SECONDS": "900",
            f"{ENV_PREFIX}TURNS_PER_PROCESS": "1000",
            "DATABASE_URL": database,
            "JWT_SECRET": SECRET,
            "MCP_SERVER_URL": f"{tools}/mcp",
            "OPENAI_BASE_URL": f"{model}/v1",
            "OPENAI_API_KEY": "sk-offline",
        }


@contextmanager
def target(name: str, kind: str, settings: Mapping[str, str], users: int) -> Iterator[Target]:
    with server(kind, **settings) as (url, pid):
        port = int(url.rpartition(":")[2])
        people = [User(f"{name}-{number}", port) for number in range(users)]
        yield Target(name, url, psutil.Process(pid), people)


async def warm_up(each: Target) -> None:
    first, *others = each.users
    await block([first], WARM, each.process)
    copies = [(user.name, f"{first.thread}{number:04}") for number, user in enumerate(others)]
    async with httpx.AsyncClient(base_url=each.url, timeout=60) as http:
        answer = await http.post(f"/bench/copy/{first.thread}", json=copies)
    if not others:
        return
    if answer.is_success and answer.json():
        for user, (_, thread) in zip(others, copies, strict=True):
            user.thread = thread
    times = 1 if others[0].thread else WARM
    for at in range(0, len(others), AT_ONCE):
        some = others[at : at + AT_ONCE]
        await block(some, times * len(some), each.process)


async def measure(targets: list[Target], concurrency: tuple[int, ...], rounds: int) -> Measured:
    found: Measured = defaultdict(list)
    for number in range(rounds):
        turn = number % len(targets)
        try:
            whole = await one_round(targets[turn:] + targets[:turn], concurrency)
        except Broken as error:
            print(f"round {number + 1} is left out: {error}", file=sys.stderr)
            continue
        for name, taken in whole.items():
            found[name].append(taken)
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
    return found


async def one_round(
    targets: list[Target], concurrency: tuple[int, ...]
) -> dict[tuple[str, int], Block]:
    return {
        (each.name, users): await block(each.users[:users], TURNS[users], each.process)
        for users in concurrency
        for each in targets
    }


async def profile(each: Target) -> Profile:
    """Shares of the processor time, by what is done, at one user."""
    async with httpx.AsyncClient(base_url=each.url, timeout=60) as http:
        (await http.post("/bench/profile/0.001")).raise_for_status()
        taken: Block = await block(each.users[:1], PROFILED, each.process)
        answer = (await http.get("/bench/profile")).raise_for_status().json()
    total = sum(answer["kinds"].values())
    shares = {kind: count / total for kind, count in answer["kinds"].items()}
    return Profile(taken.cost, shares, {line: n / total for line, n in answer["lines"].items()})


async def run(asked: argparse.Namespace, settings: Mapping[str, str]) -> tuple[Measured, Profiles]:
    kinds = {OURS: "ours", BARE: "bare"}
    if asked.reference:
        kinds["reference"] = asked.reference
    concurrency = tuple(asked.people)
    with ExitStack() as running:
        targets = [
            running.enter_context(target(name, kind, settings, concurrency[-1]))
            for name, kind in kinds.items()
        ]
        for each in targets:
            await warm_up(each)
        found = await measure(targets, concurrency, asked.rounds)
        return found, {each.name: await profile(each) for each in targets}


def held_open(settings: Mapping[str, str], count: int) -> dict[str, Streams]:
    with server("slow-model") as (slow, _):
        slowly = {**settings, "OPENAI_BASE_URL": f"{slow}/v1"}
        with target("streams", "ours", slowly, count) as ours:
            found = {OURS: asyncio.run(open_streams(ours.users, ours.url))}
        with target("bare", "bare", slowly, min(count, BARE_STREAMS)) as bare:
            found[BARE] = asyncio.run(open_streams(bare.users, bare.url, has_health=False))
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--people", type=int, nargs="+", default=CONCURRENCY, choices=CONCURRENCY, metavar="N"
    )
    parser.add_argument("--streams", type=int, default=STEPS[-1], help="0 leaves them out")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--write", action="store_true", help="put the figures into docs")
    parser.add_argument("--reference", default="", help="a Python file with an ASGI `app`")
    asked = parser.parse_args()
    began = time.monotonic()
    with surroundings() as settings:
        measured, profiled = asyncio.run(run(asked, settings))
        streams = held_open(settings, asked.streams) if asked.streams else {}
    print_all(measured, profiled, streams)
    print(f"took {time.monotonic() - began:.0f} s", file=sys.stderr)
    if asked.write:
        write(measured, profiled, streams)


if __name__ == "__main__":
    main()
