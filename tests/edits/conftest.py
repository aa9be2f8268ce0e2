"""What the tests of edits share: a project from a few files, and the edit run on it twice."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import libcst
import pytest

from chatkit_agent.errors import CannotEdit
from chatkit_agent.options.options import Options, RequestedOptions, choose
from chatkit_agent.project.read import Project, read_project
from chatkit_agent.project.tree import Tree

Edit = Callable[[Project, Options, Tree], Tree]
Files = Mapping[str, str | bytes]


class Edited:
    """What an edit made of a project's files."""

    def __init__(self, edit: Edit, root: Path, requested: RequestedOptions) -> None:
        self.project = read_project(root, app=requested.app)
        self.options = choose(self.project, requested)
        self.before = Tree(root)
        self.after = edit(self.project, self.options, self.before)
        assert edit(self.project, self.options, self.after) is self.after, "twice changes more"
        for path in self.changed:
            if path.endswith(".py"):
                # What the project has may be newer than this Python, and ours is parsed quicker.
                parse = libcst.parse_module if self.before.exists(path) else ast.parse
                parse(self.after.read(path))

    @property
    def changed(self) -> list[str]:
        return list(self.after.changed_from(self.before))

    def text(self, path: str) -> str:
        return self.after.read(path).decode()

    def inserted(self, path: str) -> list[str]:
        """The lines that are new in a file, all others being there as they were, in order."""
        old = self.before.read(path).splitlines(keepends=True)
        new: list[str] = []
        for line in self.after.read(path).splitlines(keepends=True):
            if old and line.rstrip(b"\r\n") == old[0].rstrip(b"\r\n"):
                del old[0]
            else:
                new.append(line.decode())
        assert not old, f"lines are gone: {old}"
        return new


Run = Callable[..., Edited]
Block = Callable[..., CannotEdit]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run an edit on files; `requested` are the options that were asked for."""

    def run_edit(edit: Edit, files: Files, **requested: Any) -> Edited:
        for path, content in files.items():
            file = tmp_path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        return Edited(edit, tmp_path, RequestedOptions(**requested))

    return run_edit


@pytest.fixture
def blocked(run: Run) -> Block:
    """The refusal of an edit, which has to say why and what to paste."""

    def block(edit: Edit, files: Files, **requested: str) -> CannotEdit:
        with pytest.raises(CannotEdit) as caught:
            run(edit, files, **requested)
        assert caught.value.reason
        assert caught.value.snippet
        return caught.value

    return block


APP = "from fastapi import FastAPI\nimport chat\napp = FastAPI()\n"


@pytest.fixture
def fixed(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """The files that a fix changes in a small chat, with their new text."""

    def run(fix: Edit, files: Mapping[str, str], newline: str = "\n") -> dict[str, str]:
        for path, content in {"main.py": APP, **files}.items():
            place = tmp_path / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content.replace("\n", newline).encode())
        made = Edited(fix, tmp_path, RequestedOptions())
        return {path: made.after.read(path).decode() for path in made.changed}

    return run
