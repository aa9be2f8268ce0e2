"""Packaging: what limits a project's dependencies from elsewhere in its repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.project.detectors.packaging import find_packaging
from chatkit_agent.project.facts import App
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.tree import Tree

from .conftest import MakeSources

CORE = "[project]\nname = 'Shop-Core'\ndependencies = ['asyncpg<0.30']\n"


@pytest.mark.parametrize(
    ("files", "where"),
    [
        ({"api/pyproject.toml": "[tool.uv]\noverride-dependencies = ['asyncpg<0.30']\n"}, "api"),
        (
            {
                "pyproject.toml": "[tool.uv]\nconstraint-dependencies = ['asyncpg<0.30']\n"
                "[tool.uv.workspace]\nmembers = ['*']\n"
            },
            "",
        ),
        (
            {
                "api/pyproject.toml": "[tool.uv.sources]\nshop-core = { path = '../core' }\n",
                "core/pyproject.toml": CORE,
            },
            "core",
        ),
        (
            {
                "api/pyproject.toml": "[tool.uv.sources]\nbetween = { workspace = true }\n",
                "b/pyproject.toml": "[project]\nname = 'between'\ndependencies = ['shop_core']\n"
                "[tool.uv.sources]\nshop_core = { workspace = true }\n",
                "c/pyproject.toml": CORE,
            },
            "c",
        ),
        (
            {
                "api/pyproject.toml": "[tool.poetry.dependencies]\n"
                "shop-core = { path = '../core', develop = true }\n",
                "core/pyproject.toml": "[tool.poetry.dependencies]\nasyncpg = '~0.29'\n",
            },
            "core",
        ),
    ],
)
def test_what_limits_it_from_elsewhere(
    sources: MakeSources, files: dict[str, str | bytes], where: str
) -> None:
    own = "[project]\nname = 'api'\ndependencies = ['fastapi', 'asyncpg']\n"
    files["api/pyproject.toml"] = f"{own}{files.get('api/pyproject.toml', '')}"
    app = App("main:app", "module", "api/main.py", "api", "api/main.py", None, "app")
    found = find_packaging(sources(files), app)
    assert found.declared == ("fastapi", "asyncpg")
    limits = [(each.name, each.file) for each in found.requirements if each.limits_only]
    assert ("asyncpg", f"{where}/pyproject.toml".lstrip("/")) in limits


def test_packages_that_name_each_other(sources: MakeSources) -> None:
    head = "[project]\nname = 'a'\ndependencies = ['fastapi']\n[tool.uv.sources]\n"
    files: dict[str, str | bytes] = {
        "pyproject.toml": f"{head}b = {{ path = 'b' }}\n",
        "b/pyproject.toml": "[project]\nname = 'b'\n[tool.uv.sources]\na = { path = '..' }\n",
    }
    assert find_packaging(sources(files), None).declared == ("fastapi",)


def test_what_limits_it_in_a_workspace_above(tmp_path: Path) -> None:
    files = {
        ".git/HEAD": "",
        "pyproject.toml": "[tool.uv.workspace]\nmembers = ['apps/api', 'libs/*']\n",
        "libs/core/pyproject.toml": CORE,
        "elsewhere/core/pyproject.toml": CORE,
        "apps/api/pyproject.toml": "[project]\nname = 'api'\ndependencies = ['fastapi']\n"
        "[tool.uv.sources]\nshop_core = { workspace = true }\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    found = find_packaging(Sources(Tree(tmp_path / "apps/api")), None)
    limits = [each.file for each in found.requirements if each.limits_only]
    assert limits == ["../../libs/core/pyproject.toml"]
