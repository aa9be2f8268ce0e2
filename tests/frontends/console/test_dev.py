"""`chatkit-agent dev` with real processes: it answers, keeps, and leaves nothing behind."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from pathlib import Path

import httpx
import pytest

from .running import AGENT, END, all_gone, dev, ended, until

PROJECTS = Path(__file__).parents[2] / "projects"
QUESTION = "Add a task: buy milk"


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


@pytest.mark.parametrize("part", ["application_script", "chatkit_agent.sandbox.postgres"])
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
