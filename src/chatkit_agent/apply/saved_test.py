"""Saving a conversation as a test of the project: what was said, and how it is held again."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from chatkit_agent.apply.writing import write_all
from chatkit_agent.edits.write_tests import tests_folder
from chatkit_agent.errors import CannotWrite
from chatkit_agent.options.options import RequestedOptions, choose
from chatkit_agent.project.read import read_project

REPLAY = Path(__file__).parent.parent / "reference" / "chat_replay.py"
LONGEST_NAME = 40
NAMES = ("test_chat_{}.py", "chats/{}.json")
TEST = """\
\"\"\"The conversation \"{title}\", saved from the console and held again without a network.\"\"\"

import json
from pathlib import Path

import pytest

from {package}chat_replay import hold

SAVED = Path(__file__).parent / "chats" / "{name}.json"


def test_{name}(monkeypatch: pytest.MonkeyPatch) -> None:
    now, then = hold(json.loads(SAVED.read_text(encoding="utf-8")), monkeypatch)
    assert now["called"] == then["called"]
    assert now["asked"] == then["asked"]
    assert now["seen"] == then["seen"]
"""


def save_conversation(root: Path, title: str, saved: Mapping[str, Any]) -> tuple[str, ...]:
    """The paths of what was written.

    Raises:
        CannotWrite: nothing was written.
    """
    project = read_project(root)
    options = choose(project, RequestedOptions())
    folder = PurePosixPath(tests_folder(options, project.tree))
    name = _free_name(title, folder, project.root)
    said = re.sub(r"[\\\"\s]+", " ", title)[:60]
    package = "." if (project.root / folder / "__init__.py").is_file() else ""
    test = TEST.format(title=said, package=package, name=name)
    contents = {
        **_replaying(project.root, folder, options.home_package),
        str(folder / f"test_chat_{name}.py"): test.encode(),
        str(folder / "chats" / f"{name}.json"): (json.dumps(saved, indent=1) + "\n").encode(),
    }
    write_all(project.root, contents)
    return tuple(contents)


def _replaying(root: Path, folder: PurePosixPath, home: str) -> dict[str, bytes]:
    """The file that holds conversations again, unless it is there; it is the person's then."""
    path, text = str(folder / "chat_replay.py"), _replay(home)
    if not (root / path).exists():
        return {path: text.encode()}
    if "def hold(" not in (root / path).read_text(encoding="utf-8", errors="replace"):
        raise CannotWrite(f"`{path}` is a file of yours that holds no conversations. Rename it.")
    return {}


def _replay(home: str) -> str:
    """The file that holds conversations again, with the names that this project has."""
    text = REPLAY.read_text(encoding="utf-8")
    prefix = f"{home}." if home else ""
    text = re.sub(r"from \.(chatkit_\w+)", lambda found: f"from {prefix}{found[1]}", text)
    return text.replace("from .services import", f"from {prefix}services import")


def _free_name(title: str, folder: PurePosixPath, root: Path) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")[:LONGEST_NAME].strip("_")
    name, number = words or "conversation", 2
    while any((root / folder / each.format(name)).exists() for each in NAMES):
        name, number = f"{words or 'conversation'}_{number}", number + 1
    return name
