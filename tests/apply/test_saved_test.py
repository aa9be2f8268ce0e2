"""What is written when a conversation is saved, and what of the person's stays."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from chatkit_agent.apply.apply import apply
from chatkit_agent.apply.saved_test import save_conversation
from chatkit_agent.errors import CannotWrite
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.read import read_project

PROJECTS = Path(__file__).parents[1] / "projects"
SAVED = {"steps": [], "model": [], "tools": [], "calls": []}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    root = Path(shutil.copytree(PROJECTS / "module_level", tmp_path / "shop"))
    apply(make_plan(read_project(root), RequestedOptions()))
    return root


@pytest.mark.parametrize(
    "title",
    ["Buy milk", 'a """ b', "\\", "\\x \\N{y} {z}", "two\nlines", "\u05e9\u05dc\u05d5\u05dd", ""],
)
def test_whatever_was_said_the_test_is_python(shop: Path, title: str) -> None:
    written = save_conversation(shop, title, SAVED)
    for path in written:
        if path.endswith(".py"):
            ast.parse((shop / path).read_text())


def test_what_is_there_is_kept(shop: Path) -> None:
    first = save_conversation(shop, "Buy milk", SAVED)
    (replay,) = (shop / path for path in first if path.endswith("chat_replay.py"))
    replay.write_text(replay.read_text() + "# mine\n")
    test, saved = (shop / path for path in first if "milk" in path)
    test.unlink()
    second = save_conversation(shop, "Buy milk", SAVED)
    assert replay.read_text().endswith("# mine\n")
    assert str(saved.relative_to(shop)) not in second
    assert {*first}.isdisjoint(second)


def test_a_file_of_theirs_with_this_name_is_not_written_over(shop: Path) -> None:
    (shop / "tests").mkdir(exist_ok=True)
    (shop / "tests" / "chat_replay.py").write_text("MINE = 1\n")
    with pytest.raises(CannotWrite, match="a file of yours"):
        save_conversation(shop, "Buy milk", SAVED)
    assert (shop / "tests" / "chat_replay.py").read_text() == "MINE = 1\n"
