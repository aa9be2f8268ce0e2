"""A run that is cut off, by a full disk, an interrupt or a kill, leaves everything as it was."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from chatkit_agent.apply.apply import apply, restore_unfinished
from chatkit_agent.apply.undo import undo
from chatkit_agent.apply.update import update
from chatkit_agent.apply.writing import _Swap
from chatkit_agent.errors import CannotWrite, NothingToUndo, PlanOutdated, Refused
from chatkit_agent.project.journal import journal_of

from .samples import copy_of, planned, snapshot


def test_a_folder_in_the_way_leaves_everything_as_it_was(root: Path) -> None:
    plan = planned(root)
    (root / "CHATKIT.md").mkdir()
    before = snapshot(root)
    with pytest.raises(CannotWrite, match=r"CHATKIT\.md.*put back"):
        apply(plan)
    assert snapshot(root) == before


def test_a_full_disk_leaves_everything_as_it_was(root: Path) -> None:
    before = snapshot(root)
    program = (
        "import resource, sys; from pathlib import Path\n"
        "from chatkit_agent.apply.apply import apply\n"
        "from chatkit_agent.errors import CannotWrite\n"
        "from chatkit_agent.plan.plan import make_plan\n"
        "from chatkit_agent.project.read import read_project\n"
        "plan = make_plan(read_project(Path(sys.argv[1])))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))\n"
        "try:\n    apply(plan)\nexcept CannotWrite as error:\n    print(error)\n"
    )
    command = [sys.executable, "-c", program, str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("`/")
    assert snapshot(root) == before
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


@pytest.mark.parametrize("at", [1, 2, 5])
def test_an_interrupt_in_the_middle_puts_everything_back(
    root: Path, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(root)
    calls: list[Path] = []
    replace_file = Path.replace

    def interrupted(self: Path, target: Path) -> Path:
        if self.suffix == ".new":
            calls.append(target)
            if len(calls) == at:
                os.kill(os.getpid(), signal.SIGINT)
        return replace_file(self, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        apply(planned(root))
    assert len(calls) == at
    assert snapshot(root) == before


GOING_ON = """
import sys
from pathlib import Path
from chatkit_agent.apply.apply import apply
from chatkit_agent.apply.undo import undo
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.read import read_project
root = Path(sys.argv[1])
plan = make_plan(read_project(root))
print("ready", flush=True)
while True:
    apply(plan)
    undo(root)
"""


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_killed_anywhere_is_undone_by_the_next(root: Path, sent: int) -> None:
    without = snapshot(root)
    apply(planned(root))
    with_chat = snapshot(root)
    undo(root)
    for number in range(3):
        command = [sys.executable, "-c", GOING_ON, str(root)]
        with subprocess.Popen(command, stdout=-1, stderr=-1, text=True) as run:
            assert run.stdout
            assert run.stdout.readline() == "ready\n", run.stderr.read()
            time.sleep(0.011 + 0.017 * number)
            run.send_signal(sent)
        restore_unfinished(root)
        assert snapshot(root) in (without, with_chat)
        with suppress(NothingToUndo):
            undo(root)
        assert snapshot(root) == without


@pytest.mark.parametrize("at", [1, 6, 99])
def test_a_run_that_is_killed_at_one_file_is_undone_by_the_next(root: Path, at: int) -> None:
    before = snapshot(root)
    dying = (
        "import os\nreplace, put = Path.replace, []\n"
        "def dying(self, target):\n"
        "    if 'unfinished' not in self.name: put.append(target)\n"
        f"    if len(put) == {at} or len(put) == len(plan.changes): os.kill(os.getpid(), 9)\n"
        "    return replace(self, target)\n"
        "Path.replace = dying\n"
    )
    program = GOING_ON.replace("while True:", f"{dying}while True:")
    done = subprocess.run([sys.executable, "-c", program, str(root)], check=False, stdout=-1)
    assert done.returncode == -signal.SIGKILL
    assert snapshot(root) != before
    with pytest.raises(Refused, match="cut off in the middle"):
        planned(root)
    assert undo(root).restored
    assert snapshot(root) == before


PROMPT = {"token": "prompt", "path": "/talk"}


@pytest.mark.parametrize("when", ["before the first file", "between two"])
@pytest.mark.parametrize("operation", ["add", "undo", "update"])
def test_what_is_saved_meanwhile_is_not_written_over(
    operation: str, when: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planned(root)
    if operation != "add":
        apply(plan)
    path = next(each.path for each in plan.changes if each.before and each.path.endswith(".py"))
    before, saved = snapshot(root), root / path
    prepare, put = _Swap.prepare, _Swap.put

    def save() -> None:
        if not saved.read_bytes().endswith(b"# mine\n"):
            saved.write_bytes(saved.read_bytes() + b"# mine\n")

    def late_prepare(self: _Swap) -> None:
        save() if when == "before the first file" else None
        prepare(self)

    def late_put(self: _Swap) -> None:
        put(self)
        save() if when == "between two" and self.target != saved else None

    monkeypatch.setattr(_Swap, "prepare", late_prepare)
    monkeypatch.setattr(_Swap, "put", late_put)
    operations: dict[str, Callable[[], object]] = {
        "add": lambda: apply(plan),
        "undo": lambda: undo(root),
        "update": lambda: update(root, PROMPT, allow_dirty=True),
    }
    with pytest.raises(PlanOutdated, match="changed meanwhile"):
        operations[operation]()
    assert saved.read_bytes().endswith(b"# mine\n")
    assert {**snapshot(root), path: None} == {**before, path: None}
    assert not journal_of(root).exists()


def test_a_damaged_journal_is_named(root: Path) -> None:
    journal_of(root).parent.mkdir(parents=True, exist_ok=True)
    journal_of(root).write_text("{")
    with pytest.raises(CannotWrite, match="damaged"):
        undo(root)
    journal_of(root).unlink()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, with room for the project and not for the chat."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=96k", "none", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a disk here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_fills_up_leaves_everything_as_it_was(small_disk: Path) -> None:
    root = copy_of("module_level", small_disk)
    before = snapshot(root)
    with pytest.raises(CannotWrite, match="No space left on device"):
        apply(planned(root))
    assert snapshot(root) == before
    remount = ["mount", "-o", "remount,ro", str(small_disk)]
    subprocess.run(remount, check=True)
    with pytest.raises(CannotWrite, match="Read-only file system"):
        apply(planned(root))
    assert snapshot(root) == before
