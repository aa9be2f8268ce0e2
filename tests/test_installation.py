"""Each package manager gets the command that its users type."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from chatkit_agent.errors import CannotInstall
from chatkit_agent.facts import Packaging
from chatkit_agent.installation import install, install_commands, run
from chatkit_agent.plan import make_plan
from chatkit_agent.project import read_project

PROJECTS = Path(__file__).parent / "projects"
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


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    return Path(shutil.copytree(PROJECTS / "module_level", tmp_path / "shop"))


def stand_in(folder: Path, name: str) -> Path:
    """A program called `name` that writes down how it was called."""
    program = folder / name
    program.write_text(f'#!/bin/sh\necho "{name} $@" >> "{folder}/called"\n')
    program.chmod(0o755)
    return program


def test_a_manager_with_its_own_environment_needs_no_python(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, "uv")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    install(make_plan(read_project(project)), None, lambda _line: None)
    assert (tmp_path / "called").read_text() == "uv sync\n"


def test_pip_installs_into_the_python_that_is_named(project: Path, tmp_path: Path) -> None:
    (project / "uv.lock").unlink(missing_ok=True)
    (project / "pyproject.toml").unlink()
    (project / "requirements.txt").write_text("fastapi\n")
    python = stand_in(tmp_path, "python3")
    install(make_plan(read_project(project)), python, lambda _line: None)
    assert (tmp_path / "called").read_text() == "python3 -m pip install -r requirements.txt\n"


def test_pip_without_an_environment_is_refused(project: Path) -> None:
    (project / "pyproject.toml").write_text('[project]\nname = "shop"\nversion = "1"\n')
    (project / "requirements.txt").write_text("fastapi\n")
    with pytest.raises(CannotInstall, match="--python PATH"):
        install(make_plan(read_project(project)), None, lambda _line: None)
