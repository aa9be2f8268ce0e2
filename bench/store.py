"""Compares the store with bare prepared statements for the same rows, side by side in one run.

Blocks of operations alternate between the two sides, so that whatever else the machine does
meets both; each pair of blocks gives one ratio of throughputs. Which core the system puts a
server's process on changes a ratio by a tenth, so every round has new connections on both sides,
and the median is that of all rounds. The bare side has as many
connections as the store's pool, one worker to each, hands over finished JSON and parses none.
The server is durable, as in production: a commit waits for the disk.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import statistics
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from time import perf_counter
from typing import Any
from uuid import uuid4

import asyncpg
from chatkit.types import AssistantMessageContent, AssistantMessageItem, ThreadMetadata
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from chatkit_agent.reference.chatkit_store import PostgresStore
from chatkit_agent.reference.chatkit_store.config import StoreConfig
from chatkit_agent.reference.chatkit_store.context import RequestContext
from chatkit_agent.sandbox.postgres import create_database, data_directory, drop_database, postgres

CONNECTIONS = 10
CONCURRENCY = (1, 16, 64)
ROUNDS, PAIRS = 10, 30
THREADS = 64
ITEMS, MANY = 100, 50_000
PAGE = 20
TEXT = "An answer of the usual length says a little more than it has to. " * 6

INSERT = "insert into app_chat.items (user_id, thread_id, id, payload) values ($1, $2, $3, $4)"
POINT = "select payload from app_chat.items where user_id = $1 and thread_id = $2 and id = $3"
NEWEST = """
    select id, payload from app_chat.items where user_id = $1 and thread_id = $2
    order by position desc limit 20"""
NEXT = """
    select id, payload from app_chat.items where user_id = $1 and thread_id = $2
    and position > (select position from app_chat.items
        where user_id = $1 and thread_id = $2 and id = $3)
    order by position limit 20"""

Step = Callable[[int], Awaitable[object]]
ALICE = RequestContext("alice")


@dataclass(frozen=True)
class Operation:
    """One thing that both sides do: `number` says with which thread, and is never the same."""

    name: str
    goal: float
    per_block: int
    store: Step
    query: str
    arguments: Callable[[int], Sequence[Any]]


def an_item(thread: str, name: str) -> AssistantMessageItem:
    content = [AssistantMessageContent(text=TEXT)]
    now = datetime.now(timezone.utc)
    return AssistantMessageItem(id=name, thread_id=thread, created_at=now, content=content)


def thread_of(number: int) -> str:
    return f"thr_{number % THREADS}"


def operations(store: PostgresStore) -> list[Operation]:
    item = an_item("thr_0", "msg_0")
    payload = item.model_dump_json()

    async def write(number: int) -> None:
        # The store has its JSON before it waits, so that one item serves all.
        item.id, item.thread_id = uuid4().hex, thread_of(number)
        await store.add_thread_item(item.thread_id, item, ALICE)

    async def read(number: int) -> None:
        await store.load_item(thread_of(number), f"msg_{number % ITEMS}", ALICE)

    async def newest(number: int) -> None:
        await store.load_thread_items(thread_of(number), None, PAGE, "desc", ALICE)

    async def following(number: int) -> None:
        await store.load_thread_items(thread_of(number), "msg_50", PAGE, "asc", ALICE)

    def new_row(number: int) -> Sequence[Any]:
        return "alice", thread_of(number), uuid4().hex, payload

    return [
        Operation("write an item", 0.75, 40, write, INSERT, new_row),
        Operation(
            "read an item", 0.6, 60, read, POINT,
            lambda number: ("alice", thread_of(number), f"msg_{number % ITEMS}"),
        ),
        Operation(
            "newest 20 items", 0.4, 20, newest, NEWEST,
            lambda number: ("alice", thread_of(number)),
        ),
        Operation(
            "20 items after another", 0.4, 20, following, NEXT,
            lambda number: ("alice", thread_of(number), "msg_50"),
        ),
    ]  # fmt: skip


async def bare(connections: Sequence[asyncpg.Connection[Any]], work: Operation) -> list[Step]:
    async def step(statement: asyncpg.prepared_stmt.PreparedStatement[Any], number: int) -> object:
        return await statement.fetch(*work.arguments(number))

    statements = [await connection.prepare(work.query) for connection in connections]
    return [lambda number, one=one: step(one, number) for one in statements]  # type: ignore[misc]


async def seconds(steps: Sequence[Step], numbers: Iterator[int]) -> float:
    """How long the workers take, one step each, until the numbers are used up."""

    async def worker(step: Step) -> None:
        for number in numbers:
            await step(number)

    began = perf_counter()
    await asyncio.gather(*map(worker, steps))
    return perf_counter() - began


async def ratios(ours: Sequence[Step], theirs: Sequence[Step], per_block: int) -> list[float]:
    """Throughput of ours by that of theirs, pair by pair; the side that goes first alternates."""
    numbers = itertools.count()
    found = []
    for pair in range(PAIRS + 1):
        took = {}
        for side in (0, 1) if pair % 2 else (1, 0):
            block = itertools.islice(numbers, per_block)
            took[side] = await seconds((ours, theirs)[side], block)
        found.append(took[1] / took[0])
    return found[1:]  # the first pair warms up


async def fill(store: PostgresStore, connection: asyncpg.Connection[Any]) -> None:
    now = datetime.now(timezone.utc)
    sizes = {thread_of(number): ITEMS for number in range(THREADS)} | {
        "few": PAGE,
        "some": 2 * PAGE,
        "many": MANY,
    }
    for thread, size in sizes.items():
        await store.save_thread(ThreadMetadata(id=thread, created_at=now), ALICE)
        payload = an_item(thread, "msg_0").model_dump_json()
        await connection.execute(
            "insert into app_chat.items (user_id, thread_id, id, payload) "
            "select $1, $2, 'msg_' || n, $3::jsonb from generate_series(0, $4::int - 1) n",
            *("alice", thread, payload, size),
        )
    await connection.execute("vacuum analyze")


def row(name: str, found: Sequence[float]) -> list[str]:
    low, median, high = statistics.quantiles(found)
    spreads = (low, high), (min(found), max(found))
    return [name, f"{median:.2f}", *(f"{least:.2f} to {most:.2f}" for least, most in spreads)]


async def compare(config: StoreConfig, url: str) -> Table:
    found: dict[tuple[str, int, float], list[float]] = {}
    for _ in range(ROUNDS):
        store = PostgresStore(config)
        connections = [await asyncpg.connect(url) for _ in range(CONNECTIONS)]
        for work in operations(store):
            for concurrency in CONCURRENCY:
                theirs = (await bare(connections, work))[:concurrency]
                block = max(work.per_block, 4 * concurrency)
                cell = found.setdefault((work.name, concurrency, work.goal), [])
                cell += await ratios([work.store] * concurrency, theirs, block)
        await store.close()
        for connection in connections:
            await connection.close()
    table = Table("operation", "at once", "store/bare", "half of all", "all", "goal")
    for (name, concurrency, goal), each in found.items():
        _, *figures = row(name, each)
        table.add_row(name, str(concurrency), *figures, f"{goal}")
    return table


async def length_of_thread(store: PostgresStore) -> Table:
    def page(thread: str, after: str | None) -> Step:
        return lambda _: store.load_thread_items(thread, after, PAGE, "desc", ALICE)

    table = Table("page of 20 in a thread of 50,000", "to one of", "ratio", "half of all", "all")
    pages = (
        ("the newest", page("many", None), f"{PAGE}", page("few", None)),
        ("after another", page("many", f"msg_{MANY // 2}"), f"{2 * PAGE}", page("some", "msg_20")),
    )
    for name, long, length, short in pages:
        name, *figures = row(name, await ratios([long], [short], 20))
        table.add_row(name, length, *figures)
    return table


async def main(url: str) -> None:
    config = StoreConfig(database_url=SecretStr(url), pool_max_size=CONNECTIONS)
    store = PostgresStore(config)
    await store.ping()
    connection = await asyncpg.connect(url)
    await fill(store, connection)
    server = await connection.fetchval("show server_version")
    await connection.close()
    print(f"PostgreSQL {server}, Python {sys.version.split()[0]}, {ROUNDS} times {PAIRS} pairs")
    Console().print(await compare(config, url), await length_of_thread(store))
    await store.close()


if __name__ == "__main__":
    with postgres(data_directory("bench")) as server:
        database = f"bench_{os.getpid()}"
        try:
            asyncio.run(main(create_database(server, database)))
        finally:
            drop_database(server, database)
