"""A process is ended with all that it started, also where it does not want to end."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from chatkit_agent.sandbox.ending import Mark, end_session

CHILD = """
import signal, subprocess, sys, time
{deaf}
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""
DEAF = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"


@pytest.mark.parametrize("deaf", ["", DEAF])
def test_nothing_is_left(deaf: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD.format(deaf=deaf)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    child = int(process.stdout.readline())
    end_session(process, 0.5, Mark())
    process.stdout.close()
    assert process.returncode is not None
    assert _is_gone(child)


def test_one_that_has_ended_by_itself() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""], start_new_session=True)
    process.wait()
    end_session(process, 0.5, Mark())
    assert process.returncode == 0


def _is_gone(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    for _ in range(100):
        try:
            if status.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False
