"""`chatkit-agent dev` with real processes: it answers, keeps, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import shutil
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
import pytest

from chatkit_agent.apply.apply import apply
from chatkit_agent.development.database import database_name
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.read import read_project
from chatkit_agent.sandbox.postgres import data_directory, drop_database, postgres

PROJECTS = Path(__file__).parents[2] / "projects"
AGENT = Path(sys.executable).with_name("chatkit-agent")
START, END = 120.0, 40.0
QUESTION = "Add a task: buy milk"


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


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    ignored = shutil.ignore_patterns("__pycache__")
    folder = tmp_path_factory.mktemp("dev") / "shop"
    root = Path(shutil.copytree(PROJECTS / "module_level", folder, ignore=ignored))
    apply(make_plan(read_project(root), RequestedOptions()))
    yield root
    with postgres(data_directory("dev")) as server:
        drop_database(server, database_name(root))


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
            return re.search(r"Application\s+(\S+)\s+Console\s+(\S+)", log.read_text())

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


def test_it_answers_and_shows_every_part(shop: Path) -> None:
    with dev(shop, "--fresh") as running:
        events = running.say(QUESTION)
        thread = next(each["thread"]["id"] for each in events if each["type"] == "thread.created")
        assert "buy milk" in str(events[-3:])
        (exchange,) = running.shows("wire")
        assert [event["data"] for event in exchange["events"]] == events
        assert exchange["person"] == "Alice"
        assert 0 < exchange["first_text_ms"] < exchange["ms"]
        calls = running.shows("model")
        assert QUESTION in str(calls[0]["input"])
        assert {call["changed"]["same"] for call in calls if call["changed"]} >= {1}
        (call,) = running.shows("tools")
        assert (call["tool"], call["person"]) == ("add_task", "Alice")
        assert re.fullmatch("[0-9a-f]{8}", call["token"])
        rows = running.shows(f"rows?thread={thread}")
        assert [row["id"] for row in rows["threads"]] == [thread]
        assert {row["payload"]["type"] for row in rows["items"]} >= {
            "user_message",
            "assistant_message",
        }
        assert "buy milk" not in str(running.say("Which tasks do I have?", "Bob")[-3:])
        assert (running.threads("Alice"), running.threads("Bob")) == (1, 1)
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(END) == 0
        assert all_gone(running)
    with dev(shop) as again:
        assert again.threads("Alice") == 1
        again.process.kill()
        again.process.wait()
        until(lambda: all_gone(again), END)


@pytest.mark.parametrize("part", ["application_script", "chatkit_agent.development.database"])
def test_when_a_part_is_killed_nothing_stays(shop: Path, part: str) -> None:
    with dev(shop) as running:
        killed = next(each for each in running.children if part in " ".join(each.cmdline()))
        killed.kill()
        if part == "application_script":
            assert running.process.wait(END) == 4
        else:
            assert running.threads("Bob") >= 0
            ended(running.process)
        assert all_gone(running)


def test_a_changed_file_is_loaded_again(shop: Path) -> None:
    main = shop / "app/main.py"
    text = main.read_text()
    with dev(shop) as running:
        main.write_text(text.replace('"status": "ok"', '"status": "changed"'))
        try:
            until(lambda: "changed" in health(running.application), END)
        finally:
            main.write_text(text)


def health(url: str) -> str:
    try:
        return httpx.get(f"{url}/health", timeout=10).text
    except httpx.TransportError:
        return ""


def test_without_a_chat_it_says_what_to_do(tmp_path: Path) -> None:
    root = shutil.copytree(PROJECTS / "module_level", tmp_path / "shop")
    done = subprocess.run([AGENT, "dev", root, "--no-open"], capture_output=True, text=True)
    assert done.returncode == 4
    assert "chatkit-agent add" in " ".join(done.stderr.split())
