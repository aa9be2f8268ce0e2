"""Ranges as declared, versions as locked and installed, each with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.evidence.static import Version
from chatkit_agent.evidence.static.packages import read_packages
from chatkit_agent.project.facts import Packaging
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.tree import Tree

PYPROJECT = '[project]\ndependencies = [\n    "fastapi>=0.115",\n    "OpenAI_Agents",\n]\n'
POETRY = '[tool.poetry.dependencies]\npython = "^3.11"\nmcp = {version = "^1.2", extras = ["x"]}\n'
LOCK = '[[package]]\nname = "openai-agents"\nversion = "0.24.0"\n'


@pytest.mark.parametrize(
    ("packaging", "content", "name", "found"),
    [
        (
            Packaging("uv", "pyproject.toml", "pep621"),
            PYPROJECT,
            "openai-agents",
            Version("", "pyproject.toml:4"),
        ),
        (
            Packaging("poetry", "pyproject.toml", "poetry"),
            POETRY,
            "mcp",
            Version("^1.2", "pyproject.toml:3"),
        ),
        (
            Packaging("pip", "reqs.txt", "requirements"),
            "# x\nmcp[cli]==1.20 ; python_version > '3'  # y\n",
            "mcp",
            Version("==1.20", "reqs.txt:2"),
        ),
    ],
)
def test_declared(
    tmp_path: Path, packaging: Packaging, content: str, name: str, found: Version
) -> None:
    (tmp_path / (packaging.file or "")).write_text(content)
    assert read_packages(Sources(Tree(tmp_path)), None, packaging).declared[name] == found


def test_installed_goes_before_locked(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_text(LOCK)
    packages = read_packages(Sources(Tree(tmp_path)), None, Packaging("none", None, "none"))
    assert packages.version("openai-agents") == Version("0.24.0", "uv.lock")
    site = tmp_path / ".venv" / "lib" / "python3.11" / "site-packages"
    (site / "openai_agents-0.25.1.dist-info").mkdir(parents=True)
    (tmp_path / ".venv" / "pyvenv.cfg").write_text("")
    packages = read_packages(Sources(Tree(tmp_path)), None, Packaging("none", None, "none"))
    assert packages.version("openai-agents") == Version("0.25.1", ".venv")
