"""A plan is applied all or nothing, and only to what it was made for."""

from __future__ import annotations

import shutil
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from chatkit_agent.apply import apply as changes
from chatkit_agent.apply.apply import apply
from chatkit_agent.apply.undo import undo
from chatkit_agent.apply.writing import write_all
from chatkit_agent.errors import CannotWrite, DirtyTree, NeedsManualSteps, PlanOutdated, Refused
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.plan.change import Change
from chatkit_agent.plan.plan import Plan
from chatkit_agent.project.manifest import MANIFEST, manifest_of
from chatkit_agent.project.read import read_project

from .samples import BY_HAND, SAMPLES, commit, copy_of, git, planned, snapshot


@pytest.mark.parametrize("sample", [each for each in SAMPLES if each not in BY_HAND])
def test_a_second_plan_is_empty(sample: str, tmp_path: Path) -> None:
    root = copy_of(sample, tmp_path)
    first = planned(root)
    apply(first)
    again = planned(root)
    assert again.changes == ()
    assert again.manual_steps == ()
    assert replace(again.options, app=first.options.app) == first.options
    applied = snapshot(root)
    apply(again)
    assert snapshot(root) == applied


@pytest.mark.parametrize("sample", sorted(BY_HAND))
def test_what_needs_hands_is_not_half_done(sample: str, tmp_path: Path) -> None:
    root = copy_of(sample, tmp_path)
    before = snapshot(root)
    with pytest.raises(NeedsManualSteps, match="openai-chatkit"):
        apply(planned(root))
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
    assert manifest_of(root) is not None


def test_what_is_dirty_outside_of_the_project_does_not_matter(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    root = copy_of("module_level", tmp_path)
    (tmp_path / "elsewhere.txt").write_text("first\n")
    commit(tmp_path)
    (tmp_path / "elsewhere.txt").write_text("second\n")
    (root / "untracked.txt").write_text("mine\n")
    apply(planned(root))
    assert manifest_of(root) is not None


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


def test_a_read_only_file_is_not_written_over(root: Path) -> None:
    (root / "app/main.py").chmod(0o444)
    before = snapshot(root)
    with pytest.raises(CannotWrite, match=r"main\.py` could not be written: it is read-only"):
        apply(planned(root))
    assert snapshot(root) == before


def test_two_runs_at_once_are_refused(root: Path) -> None:
    plan = planned(root)
    with changes.locked(root), pytest.raises(Refused, match="Another run"):
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
    assert b"very-secret" not in (root / MANIFEST).read_bytes()
    assert (root / ".env").read_text() == "SECRET_KEY=very-secret\n"


def test_other_options_are_refused_while_the_chat_is_here(root: Path) -> None:
    apply(planned(root, RequestedOptions(path="/assistant")))
    assert planned(root).options.path == "/assistant"
    assert planned(root, RequestedOptions(path="/assistant")).changes == ()
    with pytest.raises(Refused, match=r"chatkit-agent update --path /other"):
        planned(root, RequestedOptions(path="/other"))


def test_a_cache_that_cannot_be_written_is_named(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    plan = planned(root)
    monkeypatch.setattr(changes, "user_cache_path", lambda _name: tmp_path / "cache")
    with pytest.raises(CannotWrite, match=r"cache.*Nothing was written"):
        apply(plan)
    assert manifest_of(root) is None


def test_the_file_that_could_not_be_put_in_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "second.txt").write_text("before")
    with pytest.raises(CannotWrite, match=r"first\.txt` could not be written"):
        write_all(tmp_path, {"first.txt": None, "second.txt": b"after"})
    assert (tmp_path / "second.txt").read_text() == "before"
