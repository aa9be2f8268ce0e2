"""A journal is found for its own project: in its place, or where that was moved to."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.project.journal import (
    Noted,
    Swapped,
    beside,
    journal_here,
    journal_of,
    left_beside,
)
from chatkit_agent.project.tree import Tree

NAME = "of_a_test.json"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in which a run was killed, once it had kept the old content of one file."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    root = tmp_path / "project"
    root.mkdir()
    note(root, "0a0b0c0d")
    beside(root / "a.py", "0a0b0c0d")[1].write_text("before")
    return root


def note(root: Path, token: str) -> None:
    noted = Noted(
        root=str(root),
        phase="putting",
        token=token,
        swapped=(Swapped(path="a.py", was="0", becomes="1"),),
        folders=(),
        emptied=(),
    )
    journal_of(root, NAME).parent.mkdir(parents=True, exist_ok=True)
    journal_of(root, NAME).write_text(noted.model_dump_json())


def test_it_is_found_in_its_place_and_where_the_project_was_moved_to(root: Path) -> None:
    place = journal_of(root, NAME)
    assert journal_here(root, NAME) == place
    moved = root.rename(root.parent / "renamed")
    assert journal_here(moved, NAME) == place
    assert journal_here(root.parent, NAME) is None


def test_that_of_a_project_which_is_still_there_is_no_others(root: Path) -> None:
    other = root.parent / "other"
    other.mkdir()
    beside(other / "a.py", "0a0b0c0d")[1].write_text("before")
    assert journal_here(other, NAME) is None


@pytest.mark.parametrize("damage", ["{}", "", "\x00"])
def test_a_damaged_one_of_another_project_is_in_nobodys_way(root: Path, damage: str) -> None:
    journal_of(root, NAME).write_text(damage)
    assert journal_here(root.rename(root.parent / "renamed"), NAME) is None


def test_what_a_run_on_another_machine_left_is_found_by_its_name(tmp_path: Path) -> None:
    names = ["app/.main.py.0a0b0c0d.old", ".env.example.0a0b0c0d.new"]
    others = ["main.py.old", ".main.py.old", ".a.py.0a0b0c0d", "a.0a0b0c0d.old", ".a.0A0B0C0D.old"]
    (tmp_path / "app").mkdir()
    for name in (*names, *others):
        (tmp_path / name).write_text("before")
    assert set(left_beside(Tree(tmp_path))) == set(names)
