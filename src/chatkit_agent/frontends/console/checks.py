"""Doctor and verify beside a session: each a process of its own that says how far it is."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = dict[str, Any]
KINDS = ("doctor", "verify")
SECONDS_TO_END = 10


@dataclass
class Work:
    """One of the two, as it is now."""

    kind: str
    task: asyncio.Task[None] | None = None
    process: asyncio.subprocess.Process | None = None
    lines: list[str] = field(default_factory=list)
    report: Json | None = None
    error: str = ""
    took: float | None = None

    @property
    def is_running(self) -> bool:
        return self.task is not None and not self.task.done()

    def shown(self) -> Json:
        return {
            "running": self.is_running,
            "lines": self.lines[-1:],
            "report": self.report,
            "error": self.error,
            "seconds": self.took,
        }


class Checks:
    """`trace` gives what passed on the wire by now, which the doctor reads as well."""

    def __init__(self, root: Path, options: Sequence[str], trace: Callable[[], list[Json]]) -> None:
        self._root, self._options, self._trace = root, tuple(options), trace
        self._works = {kind: Work(kind) for kind in KINDS}

    def start(self, kind: str) -> None:
        """Unless it is being made."""
        work = self._works[kind]
        if not work.is_running:
            work.lines, work.error = [], ""
            work.task = asyncio.create_task(self._work_on(work))

    def shown(self) -> Json:
        return {kind: work.shown() for kind, work in self._works.items()}

    async def close(self) -> None:
        for work in self._works.values():
            if work.task is not None and work.is_running:
                work.task.cancel()
                with suppress(asyncio.CancelledError):
                    await work.task

    async def _work_on(self, work: Work) -> None:
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="chatkit-") as folder:
            command = [sys.executable, "-m", "chatkit_agent", work.kind, str(self._root), "--json"]
            process = work.process = await asyncio.create_subprocess_exec(
                *command,
                *self._more(work.kind, Path(folder)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
            try:
                said, _ = await asyncio.gather(_all(process.stdout), _each(process.stderr, work))
                await process.wait()
            finally:
                await _end(process)
        work.took = round(time.monotonic() - began, 1)
        try:
            work.report = json.loads(said)
        except ValueError:
            work.error = "\n".join(work.lines[-8:]) or f"It ended with {process.returncode}."

    def _more(self, kind: str, folder: Path) -> list[str]:
        if kind == "verify":
            return list(self._options)
        entries = self._trace()
        if not entries:
            return []
        file = folder / "trace.json"
        file.write_text(json.dumps({"entries": entries}), encoding="utf-8")
        return ["--trace", str(file)]


async def _all(stream: asyncio.StreamReader | None) -> bytes:
    return b"" if stream is None else await stream.read()


async def _each(stream: asyncio.StreamReader | None, work: Work) -> None:
    while stream is not None and (line := await stream.readline()):
        if text := line.decode(errors="replace").strip():
            work.lines.append(text)


async def _end(process: asyncio.subprocess.Process) -> None:
    """It ends what it started by itself; whatever stays is ended with it."""
    if process.returncode is None:
        process.send_signal(signal.SIGINT)
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(process.wait(), SECONDS_TO_END)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
