"""Each package manager gets the command that its users type."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from uv import find_uv_bin

from chatkit_agent.apply.install import (
    _with_uv,
    install,
    install_commands,
    printed_commands,
    run,
)
from chatkit_agent.errors import CannotInstall
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.facts import Packaging
from chatkit_agent.project.read import read_project

PROJECTS = Path(__file__).parents[1] / "projects"
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


def test_what_is_locked_stays_where_pipenv_adds_to_it() -> None:
    packaging = Packaging("pipenv", "Pipfile", "pipfile")
    assert install_commands(packaging, WANTED, is_locked=True) == (
        ("pipenv", "upgrade", *WANTED),
        ("pipenv", "sync"),
    )


@pytest.mark.parametrize(
    ("manager", "file", "table", "command"),
    [
        ("pixi", "pixi.toml", "pypi-dependencies", "pixi install"),
        ("uv", "back/pyproject.toml", "project.dependencies", "uv sync --project back"),
        ("uv", "pyproject.toml", "dependency-groups.web", "uv sync --group web"),
        ("uv", "pyproject.toml", "project.optional-dependencies.web", "uv sync --extra web"),
        ("pdm", "pyproject.toml", "project.dependencies", "pdm update asyncpg pyjwt"),
        ("pdm", "pyproject.toml", "dependency-groups.web", "pdm update -G web asyncpg pyjwt"),
        (
            "poetry",
            "back/pyproject.toml",
            "tool.poetry.group.web.dependencies",
            "poetry --directory back update asyncpg pyjwt",
        ),
        (
            "hatch",
            "pyproject.toml",
            "tool.hatch.envs.default.dependencies",
            "hatch -e default run python --version",
        ),
        ("hatch", "pyproject.toml", "project.dependencies", "python -m pip install -e ."),
        (
            "pip",
            "back/pyproject.toml",
            "project.optional-dependencies.web",
            "python -m pip install -e ./back[web]",
        ),
        ("pip", "pyproject.toml", "dependency-groups.web", "python -m pip install --group web"),
    ],
)
def test_commands_for_a_list_in_its_place(
    manager: Any, file: str, table: str, command: str
) -> None:
    style: Any = "poetry" if manager == "poetry" else "pep621"
    packaging = Packaging(manager, file, style, table=tuple(table.split(".")))
    assert [" ".join(each) for each in install_commands(packaging, WANTED)] == [command]


def test_a_lock_file_is_made_by_what_made_it() -> None:
    compiler = ("uv", "pip", "compile", "base.in", "-o", "locked.txt")
    packaging = Packaging("pip-tools", "base.in", "requirements", compiler=compiler)
    assert [" ".join(each) for each in install_commands(packaging, WANTED)] == [
        "uv pip compile base.in -o locked.txt",
        "python -m pip install -r locked.txt",
    ]


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
    *_, called = (tmp_path / "called").read_text().splitlines()
    assert called == "python3 -m pip install -r requirements.txt"


def test_an_environment_without_pip_is_filled_by_uv(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    root.mkdir()
    (root / "main.py").write_text("from fastapi import FastAPI\napp = FastAPI()\n")
    (root / "requirements.txt").write_text("fastapi\n")
    plan = make_plan(read_project(root))
    assert printed_commands(plan) == ["python -m pip install -r requirements.txt"]
    subprocess.run([find_uv_bin(), "venv", "-q", str(root / ".venv")], check=True)
    assert printed_commands(plan) == ["uv pip install -r requirements.txt"]
    python = str(root / ".venv/bin/python")
    command = _with_uv((python, "-m", "pip", "install", "-r", "requirements.txt"), python)
    expected = (find_uv_bin(), "pip", "install", "--python", python, "-r", "requirements.txt")
    assert command == expected
    assert _with_uv(("poetry", "update"), "") == ("poetry", "update")


def test_pip_without_an_environment_is_refused(project: Path) -> None:
    (project / "pyproject.toml").write_text('[project]\nname = "shop"\nversion = "1"\n')
    (project / "requirements.txt").write_text("fastapi\n")
    with pytest.raises(CannotInstall, match="--python PATH"):
        install(make_plan(read_project(project)), None, lambda _line: None)
