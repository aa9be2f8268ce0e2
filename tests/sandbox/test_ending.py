"""A process is ended with all that it started, also where it does not want to end."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from chatkit_agent.sandbox.ending import Mark, end_session, folder_of_run, if_killed

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


HOLD = """
import time
from chatkit_agent.sandbox.ending import folder_of_run
with folder_of_run() as folder:
    (folder / "copy of the project").write_text("")
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("signal", ["SIGKILL", "SIGTERM", "SIGHUP"])
def test_a_folder_goes_with_its_process(signal: str) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().decode().strip())
        assert folder.is_dir()
        subprocess.run(["kill", "-s", signal.removeprefix("SIG"), str(process.pid)], check=True)
    deadline = time.monotonic() + 10
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not folder.exists()


def test_who_leaves_does_it_by_itself(tmp_path: Path) -> None:
    with if_killed("touch", tmp_path / "killed"), folder_of_run() as folder:
        assert folder.is_dir()
    assert not folder.exists()
    assert not (tmp_path / "killed").exists()
