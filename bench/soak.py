"""Keeps many users talking for minutes while everything around the chat fails, and checks it all.

    python bench/soak.py [MINUTES] [USERS] [WORKERS]

Prints a table of figures; exit status 1 where anything acknowledged was lost, doubled, moved or
shown to somebody else, or where the server leaks. PostgreSQL, uvicorn, the offline model and the
probe MCP server are real servers on loopback.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

import asyncpg
import httpx
from rich.console import Console
from rich.table import Table
from soak_ledger import Ledger
from soak_person import SECRET, Person, token_of
from soak_slow import send_slowly
from soak_trouble import TOKEN, Trouble

from chatkit_agent.reference.chatkit_store.config import ENV_PREFIX

POOL = 10
SETTLE = 8
# A process may be this much larger in the last fifth of the time than in the second.
GROWTH = 1.15
ALARM = re.compile(r"Traceback|never retrieved|was destroyed|never awaited| ERROR | CRITICAL ")
# What the SDKs log as an error while we trouble them, and at no other time.
FORESEEN = {
    "provider": re.compile(r" ERROR openai\.agents Error streaming response"),
    "tools": re.compile(r" ERROR openai\.agents Error cleaning up MCP server"),
    "deletion": re.compile(r" ERROR chatkit this is not there, or not yours"),
    "database": re.compile(
        r" ERROR chatkit (Error while .*StoreUnavailable: )?The conversations cannot be reached"
    ),
}
# A worker that was told to end has five seconds for its turns, and the next one starts.
RESTART = 15


@contextmanager
def serving(
    trouble: Trouble, log: Path, workers: int
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    settings = {
        f"{ENV_PREFIX}DATABASE_URL": trouble.database_url,
        f"{ENV_PREFIX}JWT_SECRET": SECRET,
        f"{ENV_PREFIX}POOL_MAX_SIZE": str(POOL),
        # People come back within this time, and all are gone after `SETTLE`.
        f"{ENV_PREFIX}MCP_WARM_SECONDS": "3",
        "MCP_SERVER_URL": trouble.probe.url,
        "OPENAI_BASE_URL": trouble.model.url,
        "OPENAI_API_KEY": "sk-offline",
    }
    with socket.socket() as listener, log.open("wb") as output:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        script = Path(__file__).with_name("soak_server.py")
        process = subprocess.Popen(
            [sys.executable, script, str(listener.fileno()), str(workers)],
            pass_fds=[listener.fileno()],
            env={**os.environ, **settings},
            stdout=output,
            stderr=output,
        )
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        yield url, process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def held(url: str, workers: int) -> list[dict[str, Any]]:
    """What each worker holds at the moment; the kernel says which of them answers."""
    found: dict[int, dict[str, Any]] = {}
    for _ in range(500):
        async with httpx.AsyncClient(timeout=60) as http:
            answer = (await http.get(f"{url}/held")).json()
        found[answer["pid"]] = answer
        if len(found) == workers:
            break
    return [found[pid] for pid in sorted(found)]


class Soak:
    def __init__(self, ledger: Ledger, trouble: Trouble, url: str, workers: int) -> None:
        self._ledger = ledger
        self._trouble = trouble
        self._url = url
        self._workers = workers
        self._sizes: dict[int, list[int]] = defaultdict(list)
        self._busiest: Counter[str] = Counter()

    async def run(self, users: int, seconds: float) -> None:
        await self._warm_up()
        before = await held(self._url, self._workers)
        people = [Person(f"user{n}", self._url, self._ledger, n) for n in range(users)]
        background: list[asyncio.Future[Any]] = [
            asyncio.create_task(self._trouble.everything()),
            asyncio.create_task(self._watch()),
            asyncio.create_task(self._restart_workers(seconds)),
            asyncio.create_task(send_slowly(self._url, token_of("user999"), self._ledger)),
        ]
        until = monotonic() + seconds
        living = asyncio.gather(*(person.live(until) for person in people))
        await asyncio.wait([living, *background[:2]], return_when=asyncio.FIRST_COMPLETED)
        for task in background:
            task.cancel()
        await living
        await asyncio.wait(background)
        for task in background:
            if not task.cancelled():
                task.result()
        await asyncio.sleep(SETTLE)
        self._look()
        await asyncio.gather(*(person.list_threads() for person in people))
        await asyncio.gather(*(person.close() for person in people))
        await self._compare_rows()
        self._compare_held(before, await held(self._url, self._workers))

    async def _warm_up(self) -> None:
        async with httpx.AsyncClient(base_url=self._url) as http:
            for _ in range(300):
                try:
                    if (await http.get("/chatkit/health")).status_code == 200:
                        break
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
            else:
                raise SystemExit("the server did not start; see its log")
        warm = [Person(f"user{900 + n}", self._url, self._ledger, n) for n in range(4)]
        await asyncio.gather(*(person.live(monotonic() + 4) for person in warm))
        await asyncio.gather(*(person.close() for person in warm))
        await asyncio.sleep(1)

    async def _restart_workers(self, seconds: float) -> None:
        """As a deploy does, one after the other; uvicorn starts another in its place."""
        for part in (0.3, 0.45)[: self._workers if self._workers > 1 else 0]:
            await asyncio.sleep(part * seconds)
            worker = (await held(self._url, self._workers))[0]["pid"]
            self._ledger.begin("worker")
            os.kill(worker, signal.SIGTERM)
            self._ledger.figures["restarts of a worker"] += 1
            await asyncio.sleep(RESTART)
            self._ledger.end("worker", 0)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(1)
            self._look()
            with suppress(httpx.TransportError):
                (process,) = await held(self._url, 1)
                self._sizes[process["pid"]].append(process["rss"])
                self._busiest["tasks at most"] = max(
                    self._busiest["tasks at most"], sum(process["tasks"].values())
                )

    def _look(self) -> None:
        self._trouble.read_model()
        self._trouble.read_tools()

    async def _compare_rows(self) -> None:
        """Every thread as PostgreSQL has it, without the code that wrote it."""
        connection = await asyncpg.connect(self._trouble.database_url)
        rows = await connection.fetch(
            "select user_id, thread_id, payload from app_chat.items order by position"
        )
        stored: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for row in rows:
            if row["thread_id"] in self._ledger.conversations:
                stored[row["thread_id"]].append(json.loads(row["payload"]))
                self._ledger.opened(row["thread_id"], row["user_id"])
            if TOKEN.search(row["payload"]):
                self._ledger.violation(f"a token was stored in {row['thread_id']}")
        for thread in self._ledger.conversations:
            self._ledger.check(thread, stored[thread])
        self._ledger.figures["items stored"] = len(rows)
        held_threads = "select count(*) from app_chat.threads where turn_until > now()"
        if await connection.fetchval(held_threads):
            self._ledger.violation("a turn still holds its thread")
        others = (
            "select count(*) from pg_stat_activity "
            "where backend_type = 'client backend' and pid <> pg_backend_pid()"
        )
        open_now = await connection.fetchval(others)
        self._ledger.figures["database connections at the end"] = open_now
        if open_now > POOL * self._workers:
            self._ledger.violation(f"{open_now} database connections")
        await connection.close()

    def _compare_held(self, before: list[dict[str, Any]], after: Sequence[dict[str, Any]]) -> None:
        tools = self._trouble.probe.url.split(":")[2].split("/")[0]
        # On a busy machine not each worker answered the first look; they were alike then.
        for old, new in zip((before * len(after))[: len(after)], after, strict=True):
            left = Counter(new["tasks"]) - Counter(old["tasks"])
            if left:
                self._ledger.violation(f"tasks left behind: {dict(left)}")
            if new["peers"].get(tools):
                self._ledger.violation(f"{new['peers'][tools]} connections to the tools left")
            self._ledger.figures["files open before"] += old["files"]
            self._ledger.figures["files open after"] += new["files"]
            self._memory(new["pid"])
        self._ledger.figures.update(self._busiest)

    def _memory(self, pid: int) -> None:
        sizes = [size / 2**20 for size in self._sizes[pid]]
        if len(sizes) < 15:
            return  # it was started late, and too little was seen of it
        fifth = max(1, len(sizes) // 5)
        parts = [statistics.median(sizes[at : at + fifth]) for at in range(0, 5 * fifth, fifth)]
        for number, part in enumerate(parts, 1):
            self._ledger.figures[f"MiB of worker {pid}, fifth {number} of the time"] = round(part)
        if parts[-1] > parts[1] * GROWTH:
            self._ledger.violation(f"memory grew from {parts[1]:.0f} to {parts[-1]:.0f} MiB")


def read_log(log: Path, ledger: Ledger) -> None:
    for line in log.read_text(errors="replace").splitlines():
        _, found, report = line.partition(" INFO chatkit_agent.reference.")
        if found and "chat turn {" in report:
            outcome = json.loads(report[report.index("{") :])["outcome"]
            ledger.figures[f"logged outcome: {outcome}"] += 1
        elif ALARM.search(line) and not _foreseen(line, ledger):
            ledger.violation(f"the server's log: {line[:300]}")
        if TOKEN.search(line):
            ledger.violation("a token is in the server's log")


def _foreseen(line: str, ledger: Ledger) -> bool:
    try:
        at = datetime.strptime(line[:23], "%Y-%m-%d %H:%M:%S,%f").astimezone().timestamp()
    except ValueError:
        return False
    kinds = [trouble for trouble, error in FORESEEN.items() if error.search(line)]
    return any(ledger.troubled(trouble, at) for trouble in kinds)


def table(ledger: Ledger, minutes: float, users: int, workers: int) -> Table:
    title = f"{users} users for {minutes:g} minutes, {workers} worker(s), {os.cpu_count()} cores"
    shown = Table("figure", "", title=title)
    for name, value in sorted(ledger.figures.items()):
        shown.add_row(name, f"{value:,}")
    shown.add_row("violations", str(len(ledger.violations)))
    return shown


def main(minutes: float, users: int, workers: int) -> int:
    ledger = Ledger()
    folder = Path(tempfile.mkdtemp(prefix="soak-", dir="/tmp"))
    folder.chmod(0o711)
    log = folder / "server.log"
    trouble = Trouble(ledger, folder / "data", minutes * 60)
    with trouble.model:
        trouble.start()
        try:
            with serving(trouble, log, workers) as (url, process):
                asyncio.run(Soak(ledger, trouble, url, workers).run(users, minutes * 60))
            ledger.figures["exit status of the server"] = process.returncode
        finally:
            trouble.stop()
    read_log(log, ledger)
    Console().print(table(ledger, minutes, users, workers))
    for what, times in Counter(ledger.violations).most_common(50):
        print(f"VIOLATION ({times}x): {what}")
    if ledger.violations:
        print(f"the server's log is kept: {log}")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    given = sys.argv[1:] + ["10", "64", "2"][len(sys.argv) - 1 :]
    sys.exit(main(float(given[0]), int(given[1]), int(given[2])))
