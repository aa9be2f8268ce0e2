"""`make eval`: offline an adversary gets nowhere; with a model it scores what really happened."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from chatkit_agent.sandbox.model import OfflineModel
from chatkit_agent.sandbox.turns import Reply, ToolCall, Turn

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "tests/projects/module_level"


def evaluate(*arguments: str, tmp_path: Path, **environment: str) -> str:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "CHATKIT_"))}
    command = [sys.executable, str(ROOT / "bench/eval.py"), *arguments]
    ran = subprocess.run(
        command,
        env={**kept, "XDG_STATE_HOME": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_without_a_key_an_adversary_is_held(tmp_path: Path) -> None:
    told = evaluate(tmp_path=tmp_path)
    assert told.startswith("There is no OPENAI_API_KEY in the environment: a scripted adversary")
    assert told.count("\n| ") > 13
    assert "Every point was held." in told


@pytest.mark.parametrize("is_able", [True, False])
def test_a_model_gets_the_points_that_it_earned(is_able: bool, tmp_path: Path) -> None:
    def decide(turn: Turn) -> Reply:
        if is_able and not turn.results:
            return Reply(calls=(ToolCall("diagnose"),))
        return Reply("All is well, I am sure.")

    results = tmp_path / "results.json"
    with OfflineModel(decides=decide) as model:
        told = evaluate(
            str(SAMPLE),
            "--only",
            "debug",
            "--json",
            str(results),
            tmp_path=tmp_path,
            OPENAI_API_KEY="sk-offline",
            OPENAI_BASE_URL=model.url,
        )
    [result] = json.loads(results.read_text())
    assert result["missed"] == ([] if is_able else ["it asked the doctor"])
    assert result["score"] == (6 if is_able else 5)
    assert f"{result['score']} of 6" in told
    assert result["requests"] == len(model.requests)
