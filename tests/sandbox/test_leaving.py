"""What is left where a process is killed, by whatever signal."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from chatkit_agent.sandbox.leaving import folder_of_run, if_killed

HOLD = """
import time
from chatkit_agent.sandbox.leaving import folder_of_run
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
