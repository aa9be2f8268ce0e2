"""A conversation is saved as a test: it passes without a network, and fails after a regression."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from .running import Dev, dev


def run_tests(shop: Path) -> subprocess.CompletedProcess[str]:
    kept = ("PATH", "HOME", "TMPDIR", "LANG")
    variables = {name: os.environ[name] for name in kept if name in os.environ}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    return subprocess.run(command, cwd=shop, env=variables, capture_output=True, text=True)


def save(running: Dev, thread: str) -> list[str]:
    headers = {"X-Console-Person": "Alice"}
    answer = httpx.post(
        f"{running.console}/_console/save", json={"thread": thread}, headers=headers, timeout=60
    ).json()
    assert "written" in answer, answer
    written: list[str] = answer["written"]
    return written


@pytest.fixture(scope="module")
def saved(shop: Path) -> Iterator[list[str]]:
    with dev(shop, "--fresh") as running:
        events = running.say("Add a task: buy milk")
        thread = next(each["thread"]["id"] for each in events if each["type"] == "thread.created")
        content = [{"type": "input_text", "text": "Which tasks do I have?"}]
        said = {"content": content, "attachments": [], "inference_options": {}}
        second = running.ask("threads.add_user_message", thread_id=thread, input=said)
        assert "buy milk" in second.text
        yield save(running, thread)


def test_it_passes_as_it_was_said(shop: Path, saved: list[str]) -> None:
    assert saved == [
        "tests/chat_replay.py",
        "tests/test_chat_add_a_task_buy_milk.py",
        "tests/chats/add_a_task_buy_milk.json",
    ]
    done = run_tests(shop)
    assert done.returncode == 0, done.stdout[-3000:]


def test_no_token_is_in_it(shop: Path, saved: list[str]) -> None:
    kept = json.loads((shop / saved[2]).read_text())
    assert [call["tool"] for call in kept["calls"]] == ["add_task", "list_tasks"]
    assert "eyJ" not in json.dumps(kept)
    assert "Bearer" not in json.dumps(kept)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("services/chat_agent.py", "        mcp_servers=list(servers),\n", ""),
        ("services/chat_agent.py", "instructions=", "name_of_prompt="),
        ("services/chatkit_server.py", "token_goes = MCP_TOKEN", 'token_goes = "none"'),
    ],
    ids=["without tools", "a misspelt argument", "without the person's token"],
)
def test_it_fails_after_a_regression(
    shop: Path, saved: list[str], file: str, old: str, new: str
) -> None:
    path = next(shop.rglob(file))
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
    try:
        done = run_tests(shop)
    finally:
        path.write_text(text)
    assert done.returncode == 1
    assert "test_chat_add_a_task_buy_milk" in done.stdout
