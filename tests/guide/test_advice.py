"""Advice: what is done for a task, first the chat itself where there is none, and its test."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatkit_agent.guide import advice
from chatkit_agent.guide.changes import MODEL
from chatkit_agent.guide.modules import APPROVALS, ATTACHMENTS
from chatkit_agent.guide.operations import REMOVAL, UPGRADE
from chatkit_agent.guide.playbook import Command, Playbook
from chatkit_agent.guide.playbooks import DEBUG, INTEGRATE, MCP, PLAYBOOKS
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.plan.plan import Plan

TWO = Playbook(
    "two",
    "Two",
    "two",
    (),
    "p",
    do=(
        Command("chatkit-agent update . --with summary", ""),
        Command("curl {address}{path}", "Served at {page}."),
    ),
)


def commands(plan: Plan, playbook: Playbook, **asked: tuple[str, ...]) -> list[str]:
    return [each.command for each in advice.done(plan, playbook, RequestedOptions(**asked))]


def here(plan: Plan) -> Plan:
    chat = replace(plan.project.chat, applied=True)
    return replace(plan, project=replace(plan.project, chat=chat))


def test_the_names_of_the_project(plan: Plan) -> None:
    own = replace(plan, options=replace(plan.options, env_prefix="A_", schema="a_chat"))
    text = "{path} {page} {schema} {prefix} {home} {address} {package} {app} {other}"
    assert advice.filling(own)(text) == (
        "/chatkit /chat a_chat A_ app/ http://localhost:8000 app app.main:app {other}"
    )
    app = replace(plan.options.app, kind="factory")
    factory = replace(plan, options=replace(plan.options, app=app))
    assert advice.filling(factory)("{app}") == "app.main:app --factory"


@pytest.mark.parametrize(
    ("playbook", "before", "after"),
    [
        (
            APPROVALS,
            ["chatkit-agent add . --with approvals"],
            ["chatkit-agent update . --with approvals"],
        ),
        (MODEL, ["chatkit-agent add ."], []),
        (
            TWO,
            ["chatkit-agent add . --with summary", "curl http://localhost:8000/chatkit"],
            ["chatkit-agent update . --with summary", "curl http://localhost:8000/chatkit"],
        ),
        (DEBUG, [], []),
        (
            REMOVAL,
            ["chatkit-agent undo . --dry-run", "chatkit-agent undo ."],
            ["chatkit-agent undo . --dry-run", "chatkit-agent undo ."],
        ),
    ],
)
def test_where_there_is_no_chat_it_is_added_first(
    plan: Plan, playbook: Playbook, before: list[str], after: list[str]
) -> None:
    assert commands(plan, playbook) == before
    assert commands(here(plan), playbook) == after


def test_the_whole_integration_goes_on_to_the_start(plan: Plan) -> None:
    added, *others, start = commands(plan, INTEGRATE)
    assert added == "chatkit-agent add ."
    assert others
    assert start.startswith("uvicorn app.main:app")


def test_an_upgrade_adds_nothing(plan: Plan) -> None:
    assert commands(plan, UPGRADE)[0].startswith("uv tool upgrade")


def test_modules_that_were_asked_for_are_named_once(plan: Plan) -> None:
    assert commands(plan, APPROVALS, features=("summary", "approvals")) == [
        "chatkit-agent add . --with summary,approvals"
    ]


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda each: each.name)
def test_each_task_can_be_seen_to_be_done(plan: Plan, playbook: Playbook) -> None:
    found = list(advice.tested_by(plan, playbook, RequestedOptions(), "why?"))
    assert found
    assert all("{" not in each.command.partition("-d '")[0] for each in found)
    assert all("{prefix}" not in each for each in advice.advised(plan, playbook))


def test_the_variables_that_matter(plan: Plan) -> None:
    every = {each.name for each in plan.environment}
    assert {each.name for each in advice.variables_of(plan, INTEGRATE)} == every
    mcp = [each.name for each in advice.variables_of(plan, MCP)]
    prefix = plan.options.env_prefix
    assert mcp == ["MCP_SERVER_URL", *(f"{prefix}{each.name}" for each in MCP.settings)] or (
        mcp[0].endswith("MCP_SERVER_URL") and len(mcp) == 1 + len(MCP.settings)
    )
    assert [each.name for each in advice.variables_of(plan, ATTACHMENTS)] == [
        f"{prefix}{each.name}" for each in ATTACHMENTS.settings
    ]
