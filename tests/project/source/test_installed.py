"""What can be imported from a library, by the files that are installed."""

from __future__ import annotations

from pathlib import Path

from chatkit_agent.project.source.installed import installed_names
from chatkit_agent.project.tree import Tree

AGENTS = """\
from .run import Runner as Runner, RunConfig
from typing import Any
VERSION = "1"
def tool(): ...
class Agent: ...
def __getattr__(name):
    if name == "SQLiteSession": ...
"""


def test_the_names_of_a_module(tmp_path: Path) -> None:
    place = tmp_path / ".venv/lib/python3.11/site-packages"
    (place / "agents").mkdir(parents=True)
    (place / "agents/__init__.py").write_text(AGENTS)
    (place / "agents/run.py").write_text("from os import *\n")
    tree = Tree(tmp_path)
    assert installed_names(tree, ("",), "agents") is None  # no environment without its file
    (tmp_path / ".venv/pyvenv.cfg").write_text("")
    known = installed_names(tree, ("",), "agents") or set()
    assert {"Runner", "RunConfig", "VERSION", "tool", "Agent", "SQLiteSession", "run"} <= known
    assert "AgentRunner" not in known
    assert installed_names(tree, ("",), "agents.run") is None
    assert installed_names(tree, ("",), "chatkit") is None
