"""The tools are the commands: the same operations, names and JSON, inside of their roots."""

from __future__ import annotations

import shutil
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import click
import pytest
from click._utils import Sentinel

from chatkit_agent import api as operations
from chatkit_agent.api import Running
from chatkit_agent.errors import BadOption, PlanOutdated, Refused
from chatkit_agent.frontends.arguments import AskedArguments
from chatkit_agent.frontends.cli import main
from chatkit_agent.frontends.session import MOST_PLANS, Plans, Session
from chatkit_agent.frontends.tools import TOOLS, Tool
from chatkit_agent.options.options import RequestedOptions

BENCH = Session([Path(__file__).parents[1]], Plans())
# How a person is asked and answered; an agent gets JSON and is asked by its own means.
OF_THE_TERMINAL = {
    "as_json",
    "diff",
    "dry_run",
    "fix",
    "form",
    "junit",
    "live",
    "no_verify",
    "report",
    "yes",
}
# How an agent names a plan and keeps answers short; a person sees the plan and answers.
OF_AGENTS = {"plan_id", "new_files", "check", "own_services_approved"}


@pytest.mark.parametrize("name", sorted({tool.command for tool in TOOLS}))
def test_tools_take_what_their_command_takes(name: str) -> None:
    taken = {
        field.alias or argument
        for tool in TOOLS
        if tool.command == name
        for argument, field in tool.arguments.model_fields.items()
    }
    command = {str(each.name) for each in main.commands[name].params} - OF_THE_TERMINAL
    if name == "add":
        command -= _names(AskedArguments)
    if name == "guide":
        command = command - {"words"} | {"path", "task"}
    # A doctor's edits are those that it found, and a workflow is no matter of checks.
    own = {
        "doctor": {"edits"},
        "undo": {"dry_run"},
        "update": {"dry_run"},
        "verify": {"ci"},
    }
    assert taken - OF_AGENTS - own.get(name, set()) == command


def test_nothing_but_the_plan_that_was_shown_is_written(tmp_path: Path) -> None:
    """An application that lets nobody through: the command line would ask for a service beside."""
    root = Path(shutil.copytree(BENCH.roots[0] / "projects/locked_paths", tmp_path / "locked"))
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    tools = {tool.name: tool for tool in TOOLS}
    session = Session([root], Plans(), Running(python=Path(sys.executable)))

    def called(name: str, **arguments: Any) -> Any:
        return tools[name](arguments, session)

    inside = called("apply_plan", plan_id=called("plan_integration").plan_id)
    assert (inside.applied, inside.options.mode) == (False, "in-process")
    assert "401" in inside.next_steps[-1]
    assert before == {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}

    beside = called("plan_integration", mode="sidecar")
    assert called("apply_plan", plan_id=beside.plan_id, check=False).applied


def test_a_plan_is_applied_only_where_it_may_be_touched_by_then(tmp_path: Path) -> None:
    root, elsewhere = tmp_path / "in" / "shop", tmp_path / "out"
    root.mkdir(parents=True)
    (root / "main.py").write_text("from fastapi import FastAPI\n\napp = FastAPI()\n")
    (root / "requirements.txt").write_text("fastapi\n")
    tools, plans = {tool.name: tool for tool in TOOLS}, Plans()
    session = Session([root.parent], plans)
    plan = tools["plan_integration"]({"path": "shop", "mode": "in-process"}, session)
    root.rename(elsewhere)
    root.symlink_to(elsewhere)
    for each in (session, Session([tmp_path / "other"], plans)):
        with pytest.raises(Refused, match="outside of what may be touched"):
            tools["apply_plan"]({"plan_id": plan.plan_id, "check": False}, each)
    assert {each.name for each in elsewhere.iterdir()} == {"main.py", "requirements.txt"}


def _literals(annotation: Any) -> list[str]:
    given = [each for each in get_args(annotation) if each is not type(None)]
    return [name for each in given for name in (get_args(each) or [each])]


def _names(model: type[AskedArguments]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def test_every_choice_of_a_request_can_be_asked_for() -> None:
    asked = _names(AskedArguments) - {"path"}
    assert {("path" if name == "route" else name) for name in asked} == {
        field.name for field in fields(RequestedOptions)
    }
    default = AskedArguments.model_validate({}).requested(BENCH)
    assert default == RequestedOptions()
    assert AskedArguments.model_validate({"schema": "a", "route": "/b"}).requested(
        BENCH
    ) == RequestedOptions(schema="a", path="/b")


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_tool_is_a_verb_and_each_choice_reads_the_same(tool: Tool) -> None:
    assert callable(getattr(operations, tool.name))
    options = {each.name: each for each in main.commands[tool.command].params}
    for name, field in tool.arguments.model_fields.items():
        option = options.get(field.alias or name)
        if isinstance(option, click.Option) and isinstance(option.type, click.Choice):
            assert list(option.type.choices) == _literals(field.annotation)
            is_given = option.default is not Sentinel.UNSET
            assert (option.default if is_given else None) == field.default


def test_a_path_stays_inside(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (inside / "link").symlink_to(outside)
    bench = Session([inside], Plans())
    assert bench.folder(".") == inside
    for path in ("..", "../out", str(outside), "link"):
        with pytest.raises(Refused, match="outside of what may be touched"):
            bench.folder(path)
    (inside / "loop").symlink_to("loop")
    for path in ("missing", "loop", "n" * 300, "a/" * 2000):
        with pytest.raises(BadOption, match="not a folder"):
            bench.folder(path)
        with pytest.raises(BadOption, match="not a file"):
            bench.file(path)
    with pytest.raises(BadOption, match="NUL"):
        bench.folder("a\0b")
    with pytest.raises(Refused, match="outside"):
        bench.file("../out/python")
    with pytest.raises(Refused, match="Nothing may be touched"):
        Session([], Plans()).folder(".")


def test_an_interpreter_inside_may_be_a_link_to_one_elsewhere(tmp_path: Path) -> None:
    environment = tmp_path / "in" / ".venv"
    (environment / "bin").mkdir(parents=True)
    (environment / "pyvenv.cfg").write_text("home = /usr/bin\n")
    (environment / "bin" / "python").symlink_to(Path(sys.executable).resolve())
    session = Session([tmp_path / "in"], Plans())
    assert session.interpreter(".venv/bin/python") == environment / "bin" / "python"


def test_the_newest_plans_are_remembered(tmp_path: Path) -> None:
    plans = Plans()
    for number in range(MOST_PLANS + 1):
        plans.remember(f"plan-{number}", tmp_path, RequestedOptions())
    assert plans.recall(f"plan-{MOST_PLANS}") == (tmp_path, RequestedOptions())
    with pytest.raises(PlanOutdated, match="plan_integration"):
        plans.recall("plan-0")


@pytest.mark.parametrize("name", ["verify_integration", "diagnose"])
def test_services_of_the_person_need_their_approval(name: str) -> None:
    (tool,) = (each for each in TOOLS if each.name == name)
    with pytest.raises(Refused, match=r"REDIS_URL.*done there for real.*own_services_approved"):
        tool({"path": "projects/module_level", "own_services": ["REDIS_URL"]}, BENCH)
