"""`chatkit-agent dev` as a process, and all the processes that it starts."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from chatkit_agent.sandbox.postgres import data_directory

AGENT = Path(sys.executable).with_name("chatkit-agent")
START, END = 120.0, 40.0


@dataclass(frozen=True)
class Dev:
    process: subprocess.Popen[bytes]
    console: str
    application: str
    children: tuple[psutil.Process, ...]
    """All that was started, PostgreSQL too."""

    def ask(self, kind: str, person: str = "Alice", **params: Any) -> httpx.Response:
        headers = {"X-Console-Person": person}
        body = {"type": kind, "params": params}
        return httpx.post(f"{self.console}/chatkit", json=body, headers=headers, timeout=60)

    def say(self, text: str, person: str = "Alice") -> list[dict[str, Any]]:
        content = [{"type": "input_text", "text": text}]
        said = {"content": content, "attachments": [], "inference_options": {}}
        answer = self.ask("threads.create", person, input=said)
        assert answer.status_code == 200, answer.text
        lines = answer.text.splitlines()
        return [json.loads(line[5:]) for line in lines if line.startswith("data:")]

    def shows(self, pane: str) -> Any:
        return httpx.get(f"{self.console}/_console/{pane}", timeout=30).json()

    def threads(self, person: str) -> int:
        return len(self.ask("threads.list", person, limit=9, order="desc").json()["data"])


def until(condition: Callable[[], Any], seconds: float) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)
    return found


@contextmanager
def dev(root: Path, *options: str) -> Iterator[Dev]:
    command = [str(AGENT), "dev", str(root), "--python", sys.executable, "--no-open", *options]
    chosen = re.compile(r"OPENAI_|MCP_|.*CHATKIT_")
    variables = {name: value for name, value in os.environ.items() if not chosen.match(name)}
    log = root.parent / "dev.log"
    with ExitStack() as stack:
        output = stack.enter_context(log.open("wb"))
        process = subprocess.Popen(command, stdout=output, stderr=output, env=variables)
        stack.callback(ended, process)

        def told() -> re.Match[str] | None:
            assert process.poll() is None, log.read_text()
            text = log.read_text()
            return re.search(r"Application\s+(http\S+)\s+(?:Page\s+\S+\s+)?Console\s+(\S+)", text)

        found = until(told, START)
        yield Dev(process, found[2], found[1], tuple(started_by(process.pid)))


def ended(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def started_by(pid: int) -> Iterator[psutil.Process]:
    yield from psutil.Process(pid).children(recursive=True)
    # PostgreSQL leaves the one who started it.
    file = data_directory("dev") / "postmaster.pid"
    yield psutil.Process(int(file.read_text().split()[0]))


def is_gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def all_gone(running: Dev) -> bool:
    return all(map(is_gone, running.children))
