"""The project's name, where it has one."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.project.detectors.project_name import find_project_name
from chatkit_agent.project.facts import App, Packaging
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.tree import Tree
from tests.project.detectors.conftest import MakeSources


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"pyproject.toml": '[project]\nname = "corner-shop"\n'}, "corner-shop"),
        ({"pyproject.toml": '[tool.poetry]\nname = "billing"\n'}, "billing"),
        ({"setup.py": "from setuptools import setup\nsetup(name='stamps')\n"}, "stamps"),
        ({"setup.cfg": "[metadata]\nname = parcels\n"}, "parcels"),
    ],
)
def test_a_declared_name(sources: MakeSources, files: dict[str, str], name: str) -> None:
    assert find_project_name(sources(files), None) == name


def test_the_name_of_the_folder(sources: MakeSources) -> None:
    made = sources({"pyproject.toml": "[tool.ruff]\n"})
    assert find_project_name(made, None) == made.tree.root.name


def test_the_nearest_name(sources: MakeSources) -> None:
    app = App("app:app", "module", "back/app.py", "back", "back/app.py", None, "app")
    made = sources(
        {f"{at}pyproject.toml": f'[project]\nname = "{at or "top"}"\n' for at in ("", "back/")}
    )
    assert find_project_name(made, app) == "back/"


@pytest.mark.parametrize("folder", ["src", "server", "backend", "API", "shop/backend/app"])
@pytest.mark.parametrize("text", ["", "[tool.ruff]\n"])
def test_what_a_folder_holds_is_no_name(tmp_path: Path, folder: str, text: str) -> None:
    root = tmp_path / "corner" / folder
    root.mkdir(parents=True)
    (root / "pyproject.toml").write_text(text)
    expected = "shop" if folder.startswith("shop") else "corner"
    assert find_project_name(Sources(Tree(root)), None) == expected


@pytest.mark.parametrize(
    ("folder", "packaging", "name"),
    [
        ("backend", Packaging("pip", "requirements.txt", "requirements"), "shop"),
        ("billing", Packaging("pip", "requirements.txt", "requirements"), "billing"),
        ("billing", Packaging("uv", "../pyproject.toml", "pep621"), "shop"),
    ],
)
def test_a_name_above_the_project(
    tmp_path: Path, folder: str, packaging: Packaging, name: str
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / folder).mkdir()
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "shop"\n')
    assert find_project_name(Sources(Tree(tmp_path / folder)), None, packaging) == name
