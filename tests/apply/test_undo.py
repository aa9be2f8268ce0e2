"""What was added is undone to the byte, and what the user wrote stays."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from chatkit_agent.apply.apply import apply
from chatkit_agent.apply.undo import Undone, undo
from chatkit_agent.apply.update import update
from chatkit_agent.errors import NeedsManualSteps, NothingToUndo, UndoConflict, UpdateConflict
from chatkit_agent.project.manifest import KEPT, MANIFEST

from .samples import BY_HAND, PROJECTS, SAMPLES, commit, copy_of, git, planned, snapshot


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
    with pytest.raises(NeedsManualSteps, match=f"main.py line {number}.*take the markers out"):
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
    assert {**snapshot(root), MANIFEST: None} == {**whole, MANIFEST: None}
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
        ".chatkit-agent",
        KEPT,
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


def test_in_the_middle_of_a_merge_nothing_is_undone_or_updated(root: Path) -> None:
    apply(planned(root))
    main = root / "app/main.py"
    text = main.read_text()
    main.write_text(f"<<<<<<< HEAD\n{text}=======\n# mine\n{text}>>>>>>> other\n")
    before = snapshot(root)
    with pytest.raises(UndoConflict, match=r"markers are still there: app/main\.py line 1"):
        undo(root)
    with pytest.raises(UpdateConflict, match=r"markers are still there: app/main\.py line 1"):
        update(root, allow_dirty=True)
    assert snapshot(root) == before


def test_what_another_users_python_compiled_is_in_no_way(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(planned(root))
    compiled = root / "app/services/__pycache__/chat_agent.cpython-311.pyc"
    compiled.parent.mkdir()
    compiled.write_bytes(b"compiled")
    unlink = Path.unlink

    def closed(path: Path, missing_ok: bool = False) -> None:
        if path == compiled:
            raise PermissionError(13, "Permission denied", str(path))
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", closed)
    undo(root)
    assert [each for each in (root / "app/services").rglob("*") if each.is_file()] == [compiled]


def test_what_a_killed_run_left_in_a_clone_is_told(tmp_path: Path) -> None:
    (tmp_path / ".main.py.0a0b0c0d.old").write_text("before")
    with pytest.raises(NothingToUndo, match=r"left `\.main\.py\.0a0b0c0d\.old`"):
        undo(tmp_path)
