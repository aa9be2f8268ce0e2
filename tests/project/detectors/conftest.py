"""What the detectors' tests share: the sources of a project that is written for the test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from chatkit_agent.project.facts import App
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.tree import Tree

MakeSources = Callable[[Mapping[str, str | bytes]], Sources]


@pytest.fixture
def sources(tmp_path: Path) -> MakeSources:
    def make(files: Mapping[str, str | bytes]) -> Sources:
        for path, content in files.items():
            file = tmp_path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return Sources(Tree(tmp_path))

    return make


@pytest.fixture
def app() -> App:
    """An application in the usual place."""
    return App("app.main:app", "module", "app/main.py", "", "app/main.py", None, "app")
