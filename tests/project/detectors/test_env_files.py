"""Env files: which are read, which are examples, and that no value leaves them."""

from __future__ import annotations

import pytest

from chatkit_agent.project.detectors.env_files import find_env_files
from chatkit_agent.project.facts import App, SettingsClass
from tests.project.detectors.conftest import MakeSources


def reading(*env_files: str) -> SettingsClass:
    return SettingsClass("S", "config.py", "pydantic-settings", None, env_files, True)


def test_the_names_are_read_and_the_values_are_not(sources: MakeSources) -> None:
    text = "# note\nexport A=secret-1\nB='two\nlines'\nC=${A}\nEMPTY=\n"
    (found,) = find_env_files(sources({".env": text}), None)
    assert found.names == ("A", "B", "C", "EMPTY")
    assert "secret" not in repr(found)


@pytest.mark.parametrize(
    ("name", "is_example"),
    [
        (".env", False),
        (".env.local", False),
        ("production.env", False),
        (".env.example", True),
        (".env-sample", True),
        (".env_template", True),
        ("env.example", True),
        (".env.dist", True),
    ],
)
def test_a_name(sources: MakeSources, name: str, is_example: bool) -> None:
    (found,) = find_env_files(sources({name: "A=1\n"}), None)
    assert (found.path, found.is_example) == (name, is_example)


@pytest.mark.parametrize("name", [".envrc", "env.py", ".env.prod.yaml", "web/.env", ".env.d/a"])
def test_what_is_none_of_the_application(sources: MakeSources, name: str) -> None:
    assert find_env_files(sources({name: "A=1\n"}), None) == ()


def test_those_above_the_application(sources: MakeSources) -> None:
    app = App("app:app", "module", "back/app.py", "back", "back/app.py", None, "app", (), "back")
    made = sources({".env": "A=1", "back/.env.example": "A=1", "front/.env.example": "A=1"})
    assert [each.path for each in find_env_files(made, app)] == [".env", "back/.env.example"]


def test_those_that_the_settings_name(sources: MakeSources) -> None:
    app = App("app:app", "module", "back/app.py", "back", "back/app.py", None, "app", (), "back")
    made = sources({"conf/live": "A=1", "back/none": ""})
    (found,) = find_env_files(made, app, [reading("../conf/live", "missing", 'HERE / ".env"')])
    assert (found.path, found.names) == ("conf/live", ("A",))
