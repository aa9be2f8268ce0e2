"""Shadows: what hides an installed package, and what only looks like it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping

import pytest

from chatkit_agent.project.detectors.shadows import find_shadows
from chatkit_agent.project.facts import App
from chatkit_agent.project.source.sources import Sources

MakeSources = Callable[[Mapping[str, str | bytes]], Sources]


@pytest.mark.parametrize(
    ("path", "hides"),
    [("mcp.py", True), ("mcp/__init__.py", True), ("mcp/server.py", False), ("app/mcp.py", False)],
)
def test_a_name_hides_as_python_says(sources: MakeSources, path: str, hides: bool) -> None:
    made = sources({path: ""})
    assert find_shadows(made, None) == ((path,) if hides else ())
    code = "import mcp; print(mcp.__file__)"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=made.tree.root, capture_output=True, text=True
    )
    assert (str(made.tree.root) in ran.stdout) == hides


def test_the_import_root_counts(sources: MakeSources) -> None:
    app = App("app:app", "module", "src/app.py", "src", "src/app.py", None, "app")
    assert find_shadows(sources({"src/agents.py": "", "lib/chatkit.py": ""}), app) == (
        "src/agents.py",
    )
