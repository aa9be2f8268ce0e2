"""The project's name, where it has one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from chatkit_agent.project.detectors.project_name import find_project_name
from chatkit_agent.project.facts import App
from chatkit_agent.project.source.sources import Sources

MakeSources = Callable[[Mapping[str, str | bytes]], Sources]


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"pyproject.toml": '[project]\nname = "corner-shop"\n'}, "corner-shop"),
        ({"pyproject.toml": '[tool.poetry]\nname = "billing"\n'}, "billing"),
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
