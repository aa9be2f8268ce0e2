"""A short time to end is found where nothing saves an answer; a long one, or saving, is quiet."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.deployment.answers_given_time_to_end import (
    answers_given_time_to_end,
)
from tests.checks.rules.conftest import Findings

POD = "spec:\n  terminationGracePeriodSeconds: {}\n  containers:\n  - image: app\n"
COMPOSE = "services:\n  web:\n    build: .\n    stop_grace_period: {}\n"
TWO = COMPOSE + "  other:\n    image: redis\n"
UNIT = "[Service]\nExecStart=uvicorn app.main:app\nTimeoutStopSec={}\n"
DOCKER = 'CMD ["uvicorn", "app.main:app", "--timeout-graceful-shutdown", "{}"]\n'
FLY = 'kill_timeout = {}\n[processes]\nweb = "uvicorn app.main:app"\n'
ON_CANCEL = "import asyncio\nfrom chatkit.server import ChatKitServer\nasyncio.CancelledError\n"


@pytest.mark.parametrize(
    ("file", "text", "line"),
    [
        ("k8s/pod.yaml", POD.format(5), 2),
        ("compose.yaml", COMPOSE.format("2s"), 4),
        ("app.service", UNIT.format(3), 3),
        ("Dockerfile", DOCKER.format(1), 1),
        ("fly.toml", FLY.format(5), 1),
        ("Procfile", "web: gunicorn app.main:app --graceful-timeout=2\n", 1),
    ],
)
def test_found(findings: Findings, file: str, text: str, line: int) -> None:
    (finding,) = findings(answers_given_time_to_end, {file: text})
    assert finding.where == f"{file}:{line}"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("k8s/pod.yaml", POD.format(30)),
        ("compose.yaml", COMPOSE.format("1m30s")),
        ("compose.yaml", TWO.format("2s")),
        ("Dockerfile", DOCKER.format(20)),
        ("docs/notes.md", DOCKER.format(1)),
    ],
)
def test_quiet(findings: Findings, file: str, text: str) -> None:
    assert not findings(answers_given_time_to_end, {file: text})


def test_what_saves_when_it_is_cancelled(findings: Findings) -> None:
    files = {"app/saving.py": ON_CANCEL, "compose.yaml": COMPOSE.format("2s")}
    assert len(findings(answers_given_time_to_end, files)) == 1
    assert not findings(answers_given_time_to_end, {**files, "Dockerfile": DOCKER.format(1)})


def test_quiet_where_answers_are_drained(findings: Findings) -> None:
    saving = f"import signal\n{ON_CANCEL}signal.signal(signal.SIGTERM, drain)\n"
    files = {"app/saving.py": saving, "compose.yaml": COMPOSE.format("2s")}
    assert not findings(answers_given_time_to_end, files)
