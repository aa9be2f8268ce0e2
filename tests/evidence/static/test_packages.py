"""Ranges as declared, versions as locked and installed, each with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.evidence.static import Version
from chatkit_agent.evidence.static.packages import read_packages
from chatkit_agent.project.detectors.packaging import find_packaging
from chatkit_agent.project.facts import Packaging
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.tree import Tree

PYPROJECT = '[project]\ndependencies = [\n    "fastapi>=0.115",\n    "OpenAI_Agents",\n]\n'
POETRY = '[tool.poetry.dependencies]\npython = "^3.11"\nmcp = {version = "^1.2", extras = ["x"]}\n'
LOCK = '[[package]]\nname = "openai-agents"\nversion = "0.24.0"\n'


CONDA = "dependencies:\n  - python=3.11\n  - fastapi=0.115\n  - pip:\n    - mcp==1.20\n"
EITHER = """[tool.poetry.dependencies]
fastapi = [
    {version = "^0.110", python = "<3.11"},
    {version = "^0.115", python = ">=3.11"},
]
"""
LIMITED = """[project]
dependencies = ["mcp"]
[tool.uv]
constraint-dependencies = ["mcp<2", "anyio<5"]
"""


@pytest.mark.parametrize(
    ("file", "content", "name", "found"),
    [
        ("pyproject.toml", PYPROJECT, "openai-agents", Version("", "pyproject.toml:4")),
        ("pyproject.toml", POETRY, "mcp", Version("<2,>=1.2", "pyproject.toml:3")),
        ("pyproject.toml", EITHER, "fastapi", Version("<0.116,>=0.115", "pyproject.toml:2")),
        ("pyproject.toml", LIMITED, "mcp", Version("", "pyproject.toml")),
        ("Pipfile", '[packages]\nmcp = "~=1.2"\n', "mcp", Version("~=1.2", "Pipfile:2")),
        ("environment.yml", CONDA, "fastapi", Version("==0.115.*", "environment.yml:3")),
        ("environment.yml", CONDA, "mcp", Version("==1.20", "environment.yml:5")),
        (
            "requirements.txt",
            "# x\nmcp[cli]==1.20 ; python_version > '3'  # y\n",
            "mcp",
            Version("==1.20", "requirements.txt:2"),
        ),
        (
            "requirements.txt",
            "openai-agents\nopenai<2\n",
            "openai",
            Version("<2", "requirements.txt:2"),
        ),
        (
            "requirements.txt",
            "mcp @ git+https://example.com/mcp.git\n",
            "mcp",
            Version("", "requirements.txt:1"),
        ),
    ],
)
def test_declared(tmp_path: Path, file: str, content: str, name: str, found: Version) -> None:
    (tmp_path / file).write_text(content)
    sources = Sources(Tree(tmp_path))
    assert read_packages(sources, None, find_packaging(sources, None)).declared[name] == found


def test_limits_declare_nothing(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(LIMITED)
    sources = Sources(Tree(tmp_path))
    assert set(read_packages(sources, None, find_packaging(sources, None)).declared) == {"mcp"}


def test_installed_goes_before_locked(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_text(LOCK)
    packages = read_packages(Sources(Tree(tmp_path)), None, Packaging("none", None, "none"))
    assert packages.version("openai-agents") == Version("0.24.0", "uv.lock")
    site = tmp_path / ".venv" / "lib" / "python3.11" / "site-packages"
    (site / "openai_agents-0.25.1.dist-info").mkdir(parents=True)
    (tmp_path / ".venv" / "pyvenv.cfg").write_text("")
    packages = read_packages(Sources(Tree(tmp_path)), None, Packaging("none", None, "none"))
    assert packages.version("openai-agents") == Version("0.25.1", ".venv")
