"""What the tests of mends share: a small chat, and the mend run on it twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import libcst
import pytest

from chatkit_agent.mends import Mend
from chatkit_agent.options.options import RequestedOptions, choose
from chatkit_agent.project.read import read_project
from chatkit_agent.project.tree import Tree

Mended = Callable[..., dict[str, str]]
APP = "from fastapi import FastAPI\nimport chat\napp = FastAPI()\n"


@pytest.fixture
def mended(tmp_path: Path) -> Mended:
    """The files that a mend changes, with their new text."""

    def run(mend: Mend, files: Mapping[str, str], newline: str = "\n") -> dict[str, str]:
        for path, content in {"main.py": APP, **files}.items():
            place = tmp_path / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content.replace("\n", newline).encode())
        project = read_project(tmp_path)
        options = choose(project, RequestedOptions())
        before = Tree(tmp_path)
        after = mend(project, options, before)
        assert mend(project, options, after) is after, "twice changes more"
        changed = list(after.changed_from(before))
        for path in changed:
            libcst.parse_module(after.read(path))
        return {path: after.read(path).decode() for path in changed}

    return run
