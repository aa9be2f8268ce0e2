"""With a model of one's own the console shows what was asked and said, and saves it as a test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatkit_agent.sandbox.model import OfflineModel

from .running import dev
from .test_saving import run_tests, save

KEY = "sk-of-the-person-0123456789"


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    return tmp_path / "own.env"


def test_its_calls_are_shown_and_saved(shop: Path, env_file: Path) -> None:
    with OfflineModel() as model:
        env_file.write_text(f"OPENAI_API_KEY={KEY}\nOPENAI_BASE_URL={model.url}\n")
        with dev(shop, "--fresh", "--env-file", str(env_file)) as running:
            events = running.say("Add a task: buy bread")
            calls = running.shows("model")
            made = next(each for each in events if each["type"] == "thread.created")
            written = save(running, made["thread"]["id"])
        assert len(calls) == len(model.requests) == 2
        assert model.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert calls[0]["reply"]["calls"][0]["name"] == "add_task"
    assert "buy bread" in calls[1]["reply"]["text"]
    assert KEY not in json.dumps(calls)
    for name in written:
        assert KEY not in (shop / name).read_text()
    done = run_tests(shop)
    assert done.returncode == 0, done.stdout[-3000:]
