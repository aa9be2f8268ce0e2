"""Shadows: what hides an installed package, and what only looks like it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from chatkit_agent.project.detectors.shadows import find_shadowed, find_shadows
from chatkit_agent.project.facts import App, Packaging
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.tree import Tree
from tests.project.detectors.conftest import MakeSources


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


def test_one_that_hides_what_verifies_tokens(sources: MakeSources) -> None:
    assert find_shadows(sources({"jwt.py": "", "auth/jwt.py": ""}), None) == ("jwt.py",)


def test_the_import_root_counts(sources: MakeSources) -> None:
    app = App("app:app", "module", "src/app.py", "src", "src/app.py", None, "app")
    assert find_shadows(sources({"src/agents.py": "", "lib/chatkit.py": ""}), app) == (
        "src/agents.py",
    )


def test_a_package_of_the_workspace_that_the_application_depends_on_is_installed_beside_it(
    sources: MakeSources,
) -> None:
    app = App("app:app", "module", "api/app.py", "api", "api/app.py", None, "app")
    files = {"lib/agents/pyproject.toml": '[project]\nname = "Our.Agents"\nversion = "1"\n'}
    files |= {"lib/agents/src/agents/__init__.py": "", "api/app.py": ""}
    declaring = Packaging("uv", "api/pyproject.toml", "pep621", ("fastapi", "our-agents"))
    made = sources(files)
    assert find_shadows(made, app, declaring) == ("lib/agents/src/agents/__init__.py",)
    assert find_shadows(made, app, Packaging("uv", "api/pyproject.toml", "pep621")) == ()


def test_a_package_of_a_workspace_that_stands_above(tmp_path: Path) -> None:
    named = '[project]\nname = "our-agents"\nversion = "1"\n'
    files = {".git/HEAD": "", "pyproject.toml": '[tool.uv.workspace]\nmembers = ["lib/*"]\n'}
    files |= {"lib/agents/pyproject.toml": named, "lib/agents/src/agents/__init__.py": ""}
    for path, text in {**files, "apps/api/main.py": ""}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    made = Sources(Tree(tmp_path / "apps/api"))
    declaring = Packaging("uv", "pyproject.toml", "pep621", ("our-agents",))
    found = find_shadows(made, None, declaring)
    assert found == ("../../lib/agents/src/agents/__init__.py",)
    assert find_shadows(made, None, Packaging("uv", "pyproject.toml", "pep621")) == ()


OWN = {"src/agents/registry.py": "def names():\n    return []\n"}
APP = App("api.main:app", "module", "src/api/main.py", "src", "src/api/main.py", None, "app")


@pytest.mark.parametrize(
    ("path", "text", "hidden"),
    [
        ("src/api/main.py", "from agents.registry import names\n", True),
        ("src/api/main.py", "import agents.registry\n", True),
        ("src/api/main.py", "from agents import registry\n", True),
        ("src/api/main.py", "from agents.registry import *\n", True),
        (
            "src/api/deep/work.py",
            "try:\n    from agents import registry\nexcept E:\n    pass\n",
            True,
        ),
        ("src/api/main.py", "from agents import Agent\n", False),
        ("src/api/main.py", "from .agents import registry\n", False),
        ("src/api/main.py", "# from agents import registry\n", False),
        ("tests/test_agents.py", "from agents import registry\n", False),
        ("other/main.py", "from agents import registry\n", False),
        ("src/agents/__init__.py", "from agents import registry\n", False),
    ],
)
def test_a_folder_that_is_imported_from_is_hidden_by_the_sdk(
    sources: MakeSources, path: str, text: str, hidden: bool
) -> None:
    made = sources({**OWN, path: text})
    assert find_shadowed(made, APP) == (("src/agents",) if hidden else ())


def test_a_folder_beside_the_sdk_that_is_declared_was_hidden_before(sources: MakeSources) -> None:
    made = sources({"mcp/server.py": "", "main.py": "from mcp.server import Server\n"})
    app = App("main:app", "module", "main.py", "", "main.py", None, "app")
    assert find_shadowed(made, app) == ("mcp",)
    declaring = Packaging("pip", "requirements.txt", "requirements", ("mcp",))
    assert find_shadowed(made, app, declaring) == ()
