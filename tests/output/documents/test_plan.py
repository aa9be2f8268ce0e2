"""A plan's document, what is left of it for who has the files, and edits that were proposed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from chatkit_agent.errors import BadOption
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.options.proposed_edits import ProposedEdit
from chatkit_agent.output.documents.plan import (
    AddDocument,
    PlanDocument,
    files_of,
    proposed_edits,
    without_new_files,
)
from chatkit_agent.plan.plan import Plan, make_plan
from chatkit_agent.project.read import read_project
from chatkit_agent.project.text.diffing import git_diff

PROJECTS = Path(__file__).parents[2] / "projects"
EDIT = {"path": "a.py", "old": "x", "new": "y", "resolves": "mount_router"}


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    root = shutil.copytree(PROJECTS / "flat_file", tmp_path_factory.mktemp("plan") / "shop")
    return make_plan(read_project(root), RequestedOptions())


@pytest.mark.parametrize("path", ["a.py", "a b/c.py", "x b/x.py", "é.py", "a/diff --git a/b"])
def test_whatever_a_file_is_called(path: str) -> None:
    diff = git_diff([(path, b"one\n", b"two \n"), (f"{path}2", None, b"+++ three\nfour\n")])
    edited, new = files_of(diff)
    assert (edited.path, edited.is_new, edited.added) == (path, False, 1)
    assert (new.path, new.is_new, new.added) == (f"{path}2", True, 2)
    assert edited.hunks == "@@ -1 +1 @@\n-one\n+two "
    assert edited.text + new.text == diff


def test_no_file_and_one_that_is_empty() -> None:
    assert list(files_of("")) == []
    (empty,) = files_of(git_diff([("a/__init__.py", None, b"")]))
    assert (empty.path, empty.is_new, empty.added, empty.hunks) == ("a/__init__.py", True, 0, "")


def test_without_new_files_the_others_can_still_be_applied(plan: Plan) -> None:
    document = PlanDocument.of(plan)
    short = without_new_files(document)
    edited = [(each.path, each.before, each.after) for each in plan.changes if each.before]
    assert short.diff == git_diff(edited)
    assert short.changes == document.changes
    assert {each.action for each in document.changes} == {"create", "modify"}


def test_what_was_only_planned_has_all_of_the_plan(plan: Plan) -> None:
    planned = PlanDocument.of(plan)
    added = AddDocument.only_planned(planned)
    assert added.model_dump(include=set(PlanDocument.model_fields) - {"schema_"}) == (
        planned.model_dump(exclude={"schema_"})
    )
    assert (added.applied, added.verification, added.next_steps) == (False, None, ())
    assert json.loads(added.as_json())["schema"] == "chatkit-agent/add/2"
    after = AddDocument.after(plan, applied=True, verification=None, next_steps=("Go.",))
    assert (after.applied, after.next_steps) == (True, ("Go.",))
    assert after.model_copy(update={"applied": False, "next_steps": ()}) == added


def test_edits_are_read_from_json() -> None:
    assert proposed_edits(json.dumps([EDIT]).encode()) == (ProposedEdit(**EDIT),)
    assert proposed_edits(b"[]") == ()


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"", "the file"),
        (b"{}", "the file"),
        (b"[1]", "0"),
        (json.dumps([EDIT, {**EDIT, "old": None}]).encode(), r"1\.old"),
        (json.dumps([{"path": "a"}]).encode(), r"0\.old"),
    ],
)
def test_where_they_are_none_is_said(content: bytes, place: str) -> None:
    with pytest.raises(BadOption, match=rf"^--edits: {place}: .*Give a JSON list"):
        proposed_edits(content)
