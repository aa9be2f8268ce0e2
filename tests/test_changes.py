"""A plan is applied all or nothing, undone to the byte, and never takes what the user wrote."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from chatkit_agent import changes
from chatkit_agent.changes import Undone, apply, restore_unfinished, undo, update
from chatkit_agent.choices import Request
from chatkit_agent.errors import (
    CannotWrite,
    DirtyTree,
    NeedsHands,
    NothingToUndo,
    NothingToUpdate,
    PlanOutdated,
    Refused,
    UndoConflict,
    UpdateConflict,
)
from chatkit_agent.plan import Change, Plan, make_plan
from chatkit_agent.project import read_project
from chatkit_agent.record import RECORD, UNFINISHED, record_of

PROJECTS = Path(__file__).parent / "projects"
APPS = {"two_apps": "public:app"}
BY_HAND = {"computed_setup"}
"""Their dependency files are not edited."""
SAMPLES = sorted(each.name for each in PROJECTS.iterdir() if each.is_dir())

Snapshot = dict[str, tuple[bytes, int] | None]


def copy_of(sample: str, tmp_path: Path) -> Path:
    root = tmp_path / sample
    ignored = shutil.ignore_patterns("__pycache__", "*.sqlite*", "*.db")
    return Path(shutil.copytree(PROJECTS / sample, root, ignore=ignored))


def planned(root: Path, request: Request | None = None) -> Plan:
    return make_plan(read_project(root, app=APPS.get(root.name)), request)


def snapshot(root: Path) -> Snapshot:
    """Every file's bytes and rights, and every folder."""
    paths = [each for each in root.rglob("*") if ".git" not in each.relative_to(root).parts]
    return {
        str(each.relative_to(root)): (each.read_bytes(), stat.S_IMODE(each.stat().st_mode))
        if each.is_file()
        else None
        for each in paths
    }


def git(root: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    command = ["git", "-C", str(root), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def commit(root: Path) -> None:
    git(root, "add", "--all", "--force")
    git(root, "commit", "--quiet", "--allow-empty", "--message", "a state")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return copy_of("module_level", tmp_path)


@pytest.mark.parametrize("sample", [each for each in SAMPLES if each not in BY_HAND])
def test_undo_gives_the_project_back_to_the_byte(sample: str, tmp_path: Path) -> None:
    root = copy_of(sample, tmp_path)
    git(root, "init", "--quiet")
    commit(root)
    before = snapshot(root)
    plan = planned(root)
    apply(plan)
    applied = snapshot(root)
    assert {change.path: change.after for change in plan.changes}.items() <= {
        path: entry[0] for path, entry in applied.items() if entry
    }.items()
    undone = undo(root)
    assert snapshot(root) == before
    assert git(root, "status", "--porcelain") == ""
    assert not undone.kept
    touched = {*undone.restored, *undone.removed}
    assert touched == {change.path for change in plan.changes}


@pytest.mark.parametrize("sample", [each for each in SAMPLES if each not in BY_HAND])
def test_a_second_plan_is_empty(sample: str, tmp_path: Path) -> None:
    root = copy_of(sample, tmp_path)
    first = planned(root)
    apply(first)
    again = planned(root)
    assert again.changes == ()
    assert again.by_hand == ()
    assert replace(again.choices, app=first.choices.app) == first.choices
    applied = snapshot(root)
    apply(again)
    assert snapshot(root) == applied


@pytest.mark.parametrize("sample", sorted(BY_HAND))
def test_what_needs_hands_is_not_half_done(sample: str, tmp_path: Path) -> None:
    root = copy_of(sample, tmp_path)
    before = snapshot(root)
    with pytest.raises(NeedsHands, match="openai-chatkit"):
        apply(planned(root))
    assert snapshot(root) == before


def test_edits_of_the_user_survive_undo(root: Path) -> None:
    before = (root / "app/main.py").read_bytes()
    apply(planned(root))
    main = root / "app/main.py"
    main.write_bytes(main.read_bytes() + b"\n\napp.state.owner = 'ada'\n")
    undo(root)
    assert main.read_bytes() == before + b"\n\napp.state.owner = 'ada'\n"
    assert not (root / "app/services").exists()


def test_lines_right_beside_ours_survive_undo(root: Path) -> None:
    before = (root / "app/main.py").read_text()
    apply(planned(root))
    main = root / "app/main.py"
    ours = "app.include_router(create_chatkit_router(current_user=VerifiedUser()))\n"
    assert ours in main.read_text()
    main.write_text(main.read_text().replace(ours, f"first = 1\n{ours}last = 2\n"))
    undo(root)
    assert main.read_text().replace("first = 1\nlast = 2\n", "") == before


def test_lines_that_the_user_took_out_stay_out(root: Path) -> None:
    before = (root / "app/main.py").read_text()
    apply(planned(root))
    main = root / "app/main.py"
    ours = "app.include_router(create_chatkit_router(current_user=VerifiedUser()))\n"
    main.write_text(main.read_text().replace(ours, ""))
    undo(root)
    assert main.read_text() == before


def test_an_overlap_names_file_and_line_and_writes_nothing(root: Path) -> None:
    apply(planned(root))
    main = root / "app/main.py"
    ours = "app.include_router(create_chatkit_router(current_user=VerifiedUser()))"
    main.write_text(main.read_text().replace(ours, f"{ours[:-1]}, tags=['chat'])"))
    number = main.read_text().splitlines().index(f"{ours[:-1]}, tags=['chat'])") + 1
    edited = snapshot(root)
    with pytest.raises(UndoConflict, match=rf"app/main\.py line {number}"):
        undo(root)
    assert snapshot(root) == edited


OURS = b"app.include_router(create_chatkit_router(current_user=VerifiedUser()))"
EDITED = b"app.include_router(create_chatkit_router(current_user=VerifiedUser(), path='/talk'))"


@pytest.mark.parametrize("takes", ["yours", "before the chat"])
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_an_overlap_with_markers_is_resolved_either_way(
    root: Path, takes: str, newline: bytes
) -> None:
    main = root / "app/main.py"
    main.write_bytes(main.read_bytes().replace(b"\n", newline))
    before = snapshot(root)
    apply(planned(root))
    main.write_bytes(b"MINE = 1" + newline + main.read_bytes().replace(OURS, EDITED))
    undone = undo(root, markers=True)
    marked = main.read_bytes()
    number = marked.split(newline).index(b"<<<<<<< yours") + 1
    assert [str(each) for each in undone.conflicts] == [f"app/main.py line {number}"]
    assert "app/services/chat_agent.py" in undone.removed
    assert not (root / "app/services").exists()
    with pytest.raises(UndoConflict, match=f"main.py line {number}.*take the markers out"):
        undo(root)
    with pytest.raises(UpdateConflict, match=f"main.py line {number}.*take the markers out"):
        update(root)
    with pytest.raises(NeedsHands, match=f"main.py line {number}.*take the markers out"):
        apply(planned(root))
    assert main.read_bytes() == marked
    head, rest = marked.split(b"<<<<<<< yours" + newline)
    yours, rest = rest.split(b"=======" + newline)
    old, tail = rest.split(b">>>>>>> before the chat" + newline)
    assert EDITED + newline in yours
    main.write_bytes(head + (yours if takes == "yours" else old) + tail)
    resolved = main.read_bytes()
    assert undo(root) == Undone((), (), ())
    assert main.read_bytes() == resolved
    fresh, rights = before["app/main.py"] or (b"", 0)
    if takes == "before the chat":
        assert resolved == b"MINE = 1" + newline + fresh
    assert snapshot(root) == {**before, "app/main.py": (resolved, rights)}


def test_a_half_done_undo_can_be_updated_back(root: Path) -> None:
    apply(planned(root))
    main = root / "app/main.py"
    whole = snapshot(root)
    main.write_bytes(main.read_bytes().replace(OURS, EDITED))
    undo(root, markers=True)
    shutil.copy(PROJECTS / "module_level/app/main.py", main)
    update(root)
    assert {**snapshot(root), RECORD: None} == {**whole, RECORD: None}
    assert planned(root).changes == ()


def test_markers_are_written_only_where_sides_overlap(root: Path) -> None:
    before = snapshot(root)
    apply(planned(root))
    assert undo(root, markers=True).conflicts == ()
    assert snapshot(root) == before


def test_an_added_file_that_the_user_edited_is_kept_and_said(root: Path) -> None:
    before = snapshot(root)
    apply(planned(root))
    agent = root / "app/services/chat_agent.py"
    agent.write_bytes(agent.read_bytes() + b"\nMINE = True\n")
    mine = agent.read_bytes()
    undone = undo(root)
    assert undone.kept == ("app/services/chat_agent.py",)
    assert agent.read_bytes() == mine
    assert {path for path in snapshot(root) if path not in before} == {
        "app/services",
        "app/services/chat_agent.py",
    }


def test_what_python_compiled_of_ours_goes_as_well(root: Path) -> None:
    before = snapshot(root)
    apply(planned(root))
    cache = root / "app/services/__pycache__"
    cache.mkdir()
    (cache / "chat_agent.cpython-311.pyc").write_bytes(b"compiled")
    undo(root)
    assert snapshot(root) == before


def test_a_file_that_the_user_deleted_stays_deleted(root: Path) -> None:
    apply(planned(root))
    (root / "CHATKIT.md").unlink()
    undone = undo(root)
    assert "CHATKIT.md" not in undone.removed
    assert not (root / "CHATKIT.md").exists()


def test_undo_without_a_record_says_so(root: Path) -> None:
    with pytest.raises(NothingToUndo, match="nothing to undo"):
        undo(root)


def test_repairing_keeps_the_way_back(root: Path) -> None:
    """A line of ours that was lost is added again; undo still ends where everything began."""
    before = snapshot(root)
    apply(planned(root))
    main = root / "app/main.py"
    main.write_bytes((PROJECTS / "module_level/app/main.py").read_bytes() + b"# mine\n")
    repair = planned(root)
    assert [change.path for change in repair.changes] == ["app/main.py"]
    apply(repair)
    undo(root)
    assert main.read_bytes().endswith(b"# mine\n")
    main.write_bytes(main.read_bytes().removesuffix(b"# mine\n"))
    assert snapshot(root) == before


@pytest.mark.parametrize("state", ["modified", "staged", "deleted"])
def test_a_dirty_tree_is_refused_unless_allowed(root: Path, state: str) -> None:
    git(root, "init", "--quiet")
    (root / "notes.txt").write_text("first\n")
    commit(root)
    if state == "deleted":
        (root / "notes.txt").unlink()
    else:
        (root / "notes.txt").write_text("second\n")
    if state == "staged":
        git(root, "add", "notes.txt")
    before = snapshot(root)
    plan = planned(root)
    with pytest.raises(DirtyTree, match=r"notes\.txt"):
        apply(plan)
    assert snapshot(root) == before
    apply(plan, allow_dirty=True)
    assert record_of(root) is not None


def test_what_is_dirty_outside_of_the_project_does_not_matter(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    root = copy_of("module_level", tmp_path)
    (tmp_path / "elsewhere.txt").write_text("first\n")
    commit(tmp_path)
    (tmp_path / "elsewhere.txt").write_text("second\n")
    (root / "untracked.txt").write_text("mine\n")
    apply(planned(root))
    assert record_of(root) is not None


def test_an_untracked_file_that_would_be_changed_is_refused(root: Path) -> None:
    git(root, "init", "--quiet")
    commit(root)
    (root / ".env.example").write_text("NAME=\n")
    with pytest.raises(DirtyTree, match=r"\.env\.example"):
        apply(planned(root))


def test_a_repository_that_git_cannot_read_is_not_called_clean(root: Path) -> None:
    (root / ".git").write_text("gitdir: /nowhere\n")
    with pytest.raises(DirtyTree, match="--allow-dirty"):
        apply(planned(root))


@pytest.mark.parametrize("path", ["app/main.py", "CHATKIT.md"])
def test_a_file_that_changed_since_the_plan_is_refused(root: Path, path: str) -> None:
    plan = planned(root)
    with (root / path).open("ab") as file:
        file.write(b"# later\n")
    changed = snapshot(root)
    with pytest.raises(PlanOutdated, match=path):
        apply(plan)
    assert snapshot(root) == changed


def test_a_link_out_of_the_project_is_never_followed(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    shutil.move(root / "app", outside)
    plan = replace(planned_elsewhere(tmp_path), project=read_project(root))
    (root / "app").symlink_to(outside)
    before = snapshot(outside)
    with pytest.raises(CannotWrite, match="out of the project"):
        apply(plan)
    assert snapshot(outside) == before


def planned_elsewhere(tmp_path: Path) -> Plan:
    (tmp_path / "other").mkdir()
    return planned(copy_of("module_level", tmp_path / "other"))


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
        "from chatkit_agent.changes import apply\n"
        "from chatkit_agent.errors import CannotWrite\n"
        "from chatkit_agent.plan import make_plan\n"
        "from chatkit_agent.project import read_project\n"
        "plan = make_plan(read_project(Path(sys.argv[1])))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))\n"
        "try:\n    apply(plan)\nexcept CannotWrite:\n    print('refused')\n"
    )
    command = [sys.executable, "-c", program, str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "refused\n"
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
from chatkit_agent.changes import apply, undo
from chatkit_agent.plan import make_plan
from chatkit_agent.project import read_project
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
            assert run.stdout.readline() == "ready\n"
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


def test_a_damaged_journal_is_named(root: Path) -> None:
    (root / ".chatkit-agent").mkdir()
    (root / UNFINISHED).write_text("{")
    with pytest.raises(CannotWrite, match="damaged"):
        undo(root)


def test_a_read_only_file_is_not_written_over(root: Path) -> None:
    (root / "app/main.py").chmod(0o444)
    before = snapshot(root)
    with pytest.raises(CannotWrite, match=r"main\.py` could not be written: it is read-only"):
        apply(planned(root))
    assert snapshot(root) == before


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


def test_two_runs_at_once_are_refused(root: Path) -> None:
    plan = planned(root)
    with changes._locked(root), pytest.raises(Refused, match="Another run"):
        apply(plan)
    apply(plan)


def test_rights_of_a_file_are_kept(root: Path) -> None:
    main = root / "app/main.py"
    main.chmod(0o750)
    apply(planned(root))
    assert stat.S_IMODE(main.stat().st_mode) == 0o750
    undo(root)
    assert stat.S_IMODE(main.stat().st_mode) == 0o750


def test_a_path_that_leaves_the_project_is_never_written(root: Path, tmp_path: Path) -> None:
    plan = replace(planned(root), changes=(Change("../escaped.txt", None, b"out"),))
    with pytest.raises(CannotWrite, match="out of the project"):
        apply(plan)
    assert not (tmp_path / "escaped.txt").exists()


def test_the_record_holds_no_value_of_the_environment(root: Path) -> None:
    (root / ".env").write_text("SECRET_KEY=very-secret\n")
    apply(planned(root))
    assert b"very-secret" not in (root / RECORD).read_bytes()
    assert (root / ".env").read_text() == "SECRET_KEY=very-secret\n"


def test_other_options_are_refused_while_the_chat_is_here(root: Path) -> None:
    apply(planned(root, Request(path="/assistant")))
    assert planned(root).choices.path == "/assistant"
    assert planned(root, Request(path="/assistant")).changes == ()
    with pytest.raises(Refused, match="undo"):
        planned(root, Request(path="/other"))


@pytest.fixture
def earlier(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project with the chat as an earlier version added it."""
    reference = tmp_path / "reference"
    module = sys.modules["chatkit_agent.edits.deliver_backend"]
    shutil.copytree(module.REFERENCE, reference)
    agent = reference / "services/chat_agent.py"
    agent.write_text(f"EARLIER = True\n{agent.read_text()}")
    (reference / "services/dropped.py").write_text("GONE = True\n")
    (reference / "services/mcp_auth.py").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(module, "REFERENCE", reference)
        apply(planned(root))
    return root


def test_update_brings_what_is_new_and_undo_still_goes_all_the_way(earlier: Path) -> None:
    updated = update(earlier)
    assert set(updated.changed) == {
        "app/services/chat_agent.py",
        "app/services/dropped.py",
        "app/services/mcp_auth.py",
    }
    assert planned(earlier).changes == ()
    assert not (earlier / "app/services/dropped.py").exists()
    assert update(earlier).changed == ()
    undo(earlier)
    fresh = snapshot(PROJECTS / "module_level")
    assert snapshot(earlier).keys() <= fresh.keys()
    assert all(snapshot(earlier)[path] == fresh[path] for path in snapshot(earlier))


def test_update_keeps_what_the_user_changed(earlier: Path) -> None:
    agent, main = earlier / "app/services/chat_agent.py", earlier / "app/main.py"
    agent.write_bytes(agent.read_bytes() + b"\nMINE = True\n")
    main.write_bytes(main.read_bytes().replace(b"VerifiedUser()", b"VerifiedUser(), path='/talk'"))
    dropped = earlier / "app/services/dropped.py"
    dropped.write_text("MINE = True\n")
    (earlier / "CHATKIT.md").unlink()
    updated = update(earlier)
    assert agent.read_text().endswith("\nMINE = True\n")
    assert not agent.read_text().startswith("EARLIER")
    assert "path='/talk'" in main.read_text()
    assert updated.kept == ("app/services/dropped.py",)
    assert not (earlier / "CHATKIT.md").exists()


def test_an_update_that_overlaps_writes_nothing(earlier: Path) -> None:
    agent = earlier / "app/services/chat_agent.py"
    agent.write_text(agent.read_text().replace("EARLIER = True", "EARLIER = 'mine'"))
    edited = snapshot(earlier)
    with pytest.raises(UpdateConflict, match=r"chat_agent\.py line 1"):
        update(earlier)
    assert snapshot(earlier) == edited


@pytest.mark.parametrize("takes", ["yours", "this version"])
def test_an_update_with_markers_is_resolved_either_way(earlier: Path, takes: str) -> None:
    agent = earlier / "app/services/chat_agent.py"
    agent.write_text(agent.read_text().replace("EARLIER = True", "EARLIER = 'mine'"))
    updated = update(earlier, markers=True)
    assert [str(each) for each in updated.conflicts] == ["app/services/chat_agent.py line 1"]
    assert (earlier / "app/services/mcp_auth.py").exists()
    head = "<<<<<<< yours\nEARLIER = 'mine'\n=======\n>>>>>>> this version\n"
    assert agent.read_text().startswith(head)
    with pytest.raises(UpdateConflict, match=r"chat_agent\.py line 1"):
        update(earlier, markers=True)
    rest = agent.read_text().removeprefix(head)
    agent.write_text("EARLIER = 'mine'\n" + rest if takes == "yours" else rest)
    assert update(earlier).changed == ()
    assert undo(earlier).kept == (("app/services/chat_agent.py",) if takes == "yours" else ())


def test_an_update_of_a_dirty_tree_is_refused(earlier: Path) -> None:
    git(earlier, "init", "--quiet")
    commit(earlier)
    main = earlier / "app/main.py"
    main.write_bytes(main.read_bytes() + b"# mine\n")
    with pytest.raises(DirtyTree):
        update(earlier)
    assert update(earlier, allow_dirty=True).changed


def test_nothing_is_updated_where_nothing_was_added(root: Path) -> None:
    with pytest.raises(NothingToUpdate, match="chatkit-agent add"):
        update(root)


def test_a_cache_that_cannot_be_written_is_named(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    plan = planned(root)
    monkeypatch.setattr(changes, "user_cache_path", lambda _name: tmp_path / "cache")
    with pytest.raises(CannotWrite, match=r"cache.*Nothing was written"):
        apply(plan)
    assert record_of(root) is None
