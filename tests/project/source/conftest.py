"""A little project as code, and an expression in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import libcst as cst
import pytest

from chatkit_agent.project.source.code import Code
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.tree import Tree

Project = Callable[[Mapping[str, str]], Code]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    def make(files: Mapping[str, str]) -> Code:
        for path, content in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(content)
        sources = Sources(Tree(tmp_path))
        return Code(sources, sources.python)

    return make


def argument(code: Code, file: str = "main.py") -> tuple[Scope, cst.BaseExpression]:
    """What the call of `see` in a file is given, and where."""
    call = next(each for each in code.calls if each.written == "see" and each.scope.file == file)
    return call.scope, call.node.args[0].value
