"""Edits that somebody proposes: changes of the plan like ours, checked with it, or taken back."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from chatkit_agent.api import (
    Running,
    apply_plan,
    inspect_project,
    plan_integration,
    proposed_edits,
    undo_integration,
)
from chatkit_agent.errors import BadOption, CannotEdit
from chatkit_agent.frontends.cli import main
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.options.proposed_edits import ProposedEdit, proposed
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.read import read_project
from chatkit_agent.project.tree import Tree

MAIN = """\
import os

from fastapi import FastAPI


def build() -> FastAPI:
    if os.environ.get("SHOP_IS_QUIET"):
        return FastAPI(title="Quiet shop")
    return FastAPI(title="Shop")
"""
IMPORTS = ProposedEdit(
    "app/main.py",
    "from fastapi import FastAPI\n",
    "from fastapi import FastAPI\n\n"
    "from app.services.chatkit_server import create_chatkit_router\n"
    "from app.services.current_user import VerifiedUser\n",
    "mount_router",
)
MOUNT = ProposedEdit(
    "app/main.py",
    '    return FastAPI(title="Shop")\n',
    '    app = FastAPI(title="Shop")\n'
    "    app.include_router(create_chatkit_router(current_user=VerifiedUser()))\n"
    "    return app\n",
    "mount_router",
)
PROPOSED = RequestedOptions(edits=(IMPORTS, MOUNT))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An application whose factory has no place that is sure to be the right one."""
    root = tmp_path / "shop"
    (root / "app").mkdir(parents=True)
    (root / "app/__init__.py").touch()
    (root / "app/main.py").write_text(MAIN)
    (root / "Procfile").write_text("web: uvicorn --factory app.main:build\n")
    return root


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*.*")}


def test_what_is_left_to_be_done_by_hand_becomes_a_change(project: Path) -> None:
    blocked = make_plan(read_project(project))
    assert [each.edit for each in blocked.manual_steps] == ["mount_router"]
    plan = make_plan(read_project(project), PROPOSED)
    assert plan.manual_steps == ()
    assert plan.id != blocked.id
    [change] = [each for each in plan.changes if each.path == "app/main.py"]
    assert b"app.include_router(" in change.after
    assert [note for note in plan.notes if "Proposed in place of `mount_router`" in note]


def test_an_edit_that_cannot_be_made_is_left_to_be_done_by_hand(project: Path) -> None:
    wrong = replace(MOUNT, old="return Flask()")
    [blocked] = make_plan(
        read_project(project), RequestedOptions(edits=(IMPORTS, wrong))
    ).manual_steps
    assert blocked.edit == "mount_router"
    assert "0 times" in blocked.reason


def test_it_is_checked_and_undone_with_the_rest(project: Path) -> None:
    before = files(project)
    running = Running(python=Path(sys.executable))
    planned = plan_integration(project, PROPOSED)
    applied = apply_plan(project, planned.plan_id, PROPOSED, running)
    assert applied.verification is not None
    assert applied.verification.ok
    assert applied.applied
    assert plan_integration(project, RequestedOptions()).changes == (), "the record keeps the edits"
    undo_integration(project)
    assert files(project) == before


def test_all_is_taken_back_where_the_checks_fail(project: Path) -> None:
    before = files(project)
    useless = RequestedOptions(edits=(replace(MOUNT, new=f"{MOUNT.old}# the chat\n"),))
    planned = plan_integration(project, useless)
    assert planned.manual_steps == ()
    done = apply_plan(project, planned.plan_id, useless, Running(python=Path(sys.executable)))
    assert not done.applied
    assert "taken back" in done.next_steps[0]
    assert done.verification is not None
    assert "route_mounted" in {each.name for each in done.verification.checks if not each.ok}
    assert files(project) == before
    assert not inspect_project(project).chat.applied


def test_twice_changes_nothing_and_line_ends_stay(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_bytes(b"a = 1\r\nb = 2\r\n")
    edit = ProposedEdit("main.py", "a = 1\n", "a = 1\nc = 3\n", "mount_router")
    once = proposed(edit, Tree(tmp_path))
    assert once.read("main.py") == b"a = 1\r\nc = 3\r\nb = 2\r\n"
    assert proposed(edit, once) is once


def test_a_new_file(tmp_path: Path) -> None:
    edit = ProposedEdit("app/chat.py", "", "x = 1\n", "mount_router")
    once = proposed(edit, Tree(tmp_path))
    assert once.read("app/chat.py") == b"x = 1\n"
    assert proposed(edit, once) is once
    assert not (tmp_path / "app").exists()


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        ({"path": "../other.py"}, "inside the project"),
        ({"path": "/etc/passwd"}, "inside the project"),
        ({"path": "a/../main.py"}, "inside the project"),
        ({"path": ".env"}, "hidden"),
        ({"path": ".git/hooks/pre-commit", "old": ""}, "hidden"),
        ({"path": ".chatkit-agent/manifest.json"}, "hidden"),
        ({"path": "link.py"}, "a link"),
        ({"path": "linked/new.py", "old": ""}, "a link"),
        ({"path": "missing.py"}, "no such file"),
        ({"old": ""}, "0 times"),
        ({"old": "x"}, "2 times"),
        ({"new": "def ("}, "no longer be Python"),
        ({"new": ""}, "puts in something"),
        ({"new": "#" * 20_001}, "at most"),
    ],
)
def test_refused(edit: dict[str, str], reason: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "other.py").write_text("x\n")
    (root / "link.py").symlink_to(tmp_path / "other.py")
    (root / "linked").symlink_to(tmp_path)
    (root / "main.py").write_text("a = 1\nx, x = a, a\n")
    (root / ".env").write_text("a = 1\n")
    wanted = replace(ProposedEdit("main.py", "a = 1", "a = 2", "mount_router"), **edit)
    with pytest.raises(CannotEdit, match=reason):
        proposed(wanted, Tree(root))


def test_edits_come_from_a_file(project: Path, tmp_path: Path) -> None:
    listed = tmp_path / "edits.json"
    listed.write_text(json.dumps([vars(IMPORTS), vars(MOUNT)]), "utf-16")
    ran = CliRunner().invoke(main, ["plan", str(project), "--edits", str(listed), "--json"])
    assert json.loads(ran.stdout)["manual_steps"] == []
    with pytest.raises(BadOption, match=r"0\.new"):
        proposed_edits(b'[{"path": "a", "old": "b", "resolves": "c"}]')
    with pytest.raises(BadOption, match="--edits: the file: Invalid JSON"):
        proposed_edits(b"\x80\x00")
