"""Each package manager gets the command that its users type."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from chatkit_agent.errors import CannotInstall
from chatkit_agent.facts import Packaging
from chatkit_agent.installation import install_commands, run

WANTED = ("asyncpg>=0.30", "pyjwt[crypto]>=2.10")


@pytest.mark.parametrize(
    ("manager", "file", "style", "commands"),
    [
        ("uv", "pyproject.toml", "pep621", ["uv sync"]),
        ("poetry", "pyproject.toml", "poetry", ["poetry update asyncpg pyjwt"]),
        ("pipenv", "Pipfile", "pipfile", ["pipenv install"]),
        (
            "pip",
            "requirements/base.txt",
            "requirements",
            ["python -m pip install -r requirements/base.txt"],
        ),
        (
            "pip-tools",
            "requirements.in",
            "requirements",
            ["pip-compile requirements.in", "python -m pip install -r requirements.txt"],
        ),
        ("setuptools", "setup.cfg", "setup.cfg", ["python -m pip install -e ."]),
        ("none", None, "none", ["python -m pip install asyncpg>=0.30 pyjwt[crypto]>=2.10"]),
    ],
)
def test_commands(manager: Any, file: str | None, style: Any, commands: list[str]) -> None:
    made = install_commands(Packaging(manager, file, style), WANTED)
    assert [" ".join(command) for command in made] == commands


def test_a_failing_command_says_why(tmp_path: Path) -> None:
    said: list[str] = []
    with pytest.raises(CannotInstall, match="no network today"):
        run([(sys.executable, "-c", "raise SystemExit('no network today')")], tmp_path, said.append)
    assert said


def test_a_missing_command_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotInstall, match="no-such-manager"):
        run([("no-such-manager", "install")], tmp_path, lambda _line: None)


def test_a_good_command_runs_in_the_project(tmp_path: Path) -> None:
    run([(sys.executable, "-c", "open('done', 'w')")], tmp_path, lambda _line: None)
    assert (tmp_path / "done").is_file()
