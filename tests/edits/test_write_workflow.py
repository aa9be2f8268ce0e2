"""The workflow that checks the chat: only where it was asked for, and whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chatkit_agent.apply.apply import apply
from chatkit_agent.apply.undo import undo
from chatkit_agent.edits.write_workflow import PATH, write_workflow
from chatkit_agent.frontends.cli import main
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.read import read_project

yaml = pytest.importorskip("yaml", reason="comes with other packages, not on every Python")
APP = {"app/__init__.py": "", "app/main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n"}
UV = {
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.13"\n'
    'dependencies = ["fastapi"]\n',
    "uv.lock": "",
}


def steps(text: str) -> list[dict[str, Any]]:
    workflow = yaml.safe_load(text)
    assert set(workflow) == {"name", True, "permissions", "jobs"}  # YAML 1.1 reads `on` as true
    found: list[dict[str, Any]] = workflow["jobs"]["verify"]["steps"]
    return found


def test_transformed(run: Callable[..., Any]) -> None:
    edited = run(write_workflow, {**APP, "requirements.txt": "fastapi\n"}, ci=True)
    assert edited.changed == [PATH]
    commands = [step["run"] for step in steps(edited.text(PATH)) if "run" in step]
    assert "python -m venv .venv && .venv/bin/pip install -r requirements.txt" in commands
    (check,) = [each for each in commands if each.startswith("chatkit-agent ")]
    options = {option for each in main.commands["verify"].params for option in each.opts}
    assert {word for word in check.split() if word.startswith("--")} <= options


def test_a_manager_and_a_python_of_the_projects_own(run: Callable[..., Any]) -> None:
    edited = run(write_workflow, {**APP, **UV}, ci=True)
    found = steps(edited.text(PATH))
    assert found[1]["with"] == {"python-version": "3.13"}
    assert found[2]["run"] == "pipx run uv sync"


def test_noop(run: Callable[..., Any]) -> None:
    assert run(write_workflow, {**APP, "requirements.txt": "fastapi\n"}).changed == []
    own = {**APP, "requirements.txt": "fastapi\n", PATH: "name: theirs\n"}
    assert run(write_workflow, own, ci=True).changed == []


def test_blocked_in_a_folder_of_a_repository(tmp_path: Any) -> None:
    (tmp_path / ".git").mkdir()
    root = tmp_path / "backend"
    for path, content in {**APP, "requirements.txt": "fastapi\n"}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    plan = make_plan(read_project(root), RequestedOptions(ci=True))
    (blocked,) = [each for each in plan.manual_steps if each.edit == "write_workflow"]
    workflow = yaml.safe_load(blocked.snippet)
    assert workflow["jobs"]["verify"]["defaults"]["run"] == {"working-directory": "backend"}
    assert not any(PATH in each.path for each in plan.changes)


def test_blocked_where_nothing_says_how_it_is_installed(blocked: Callable[..., Any]) -> None:
    assert PATH in blocked(write_workflow, APP, ci=True).reason


@pytest.mark.parametrize("asked", [True, False])
def test_undo_takes_it_out(tmp_path: Any, asked: bool) -> None:
    for path, content in {**APP, "requirements.txt": "fastapi\n"}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    apply(make_plan(read_project(tmp_path), RequestedOptions(ci=asked)))
    assert (tmp_path / PATH).exists() is asked
    undo(tmp_path)
    assert not (tmp_path / ".github").exists()
