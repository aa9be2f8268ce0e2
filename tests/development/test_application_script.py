"""A worker that ends is told, and one that was killed is started again."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from uvicorn.supervisors.basereload import BaseReload

from chatkit_agent.development import application_script
from chatkit_agent.development.application_script import reviving


class NothingChanges(BaseReload):
    def should_restart(self) -> None:
        return None


def work(sockets: Any) -> None:
    time.sleep(60)


def give_up(sockets: Any) -> None:
    sys.exit(3)


@pytest.fixture(autouse=True)
def _own_signals() -> Iterator[None]:
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


@pytest.mark.parametrize(
    ("target", "seconds", "says"),
    [
        (work, 0, "was killed by SIGKILL, and is started again."),
        (work, 60, "was killed by SIGKILL, and starts again when a file of it changes."),
        (give_up, 0, "ended, and starts again when a file of it changes."),
    ],
)
def test_how_a_worker_ended_is_said_once(
    target: Any,
    seconds: int,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(application_script, "SECONDS_TO_LIVE", seconds)
    supervisor = reviving(NothingChanges)(uvicorn.Config("main:app"), target, [])
    supervisor.startup()
    first = supervisor.process
    if target is work:
        os.kill(first.pid, signal.SIGKILL)
    first.join()
    for _ in range(2):
        supervisor.should_restart()
    assert capfd.readouterr().err.count(f"The application's worker {says}") == 1
    assert supervisor.process.is_alive() is ("is started again" in says)
    supervisor.shutdown()
