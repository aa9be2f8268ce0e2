"""Situation: what is the case in a project, a line for each thing that matters for a task."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chatkit_agent.guide.playbooks import PLAYBOOKS
from chatkit_agent.guide.situation import FACTS, situation
from chatkit_agent.plan.plan import Blocked, Plan
from chatkit_agent.project.facts import MCPServer, Middleware, Named, Tokens


def told(plan: Plan, fact: str, **options: Any) -> list[str]:
    return list(situation(replace(plan, options=replace(plan.options, **options)), (fact,)))


def with_chat(plan: Plan, *, applied: bool, signs: tuple[str, ...] = ()) -> Plan:
    chat = replace(plan.project.chat, applied=applied, signs=signs)
    return replace(plan, project=replace(plan.project, chat=chat))


def test_every_fact_of_a_playbook_is_known() -> None:
    assert {name for each in PLAYBOOKS for name in each.facts} == set(FACTS)


def test_the_facts_are_told_in_the_order_that_is_asked_for(plan: Plan) -> None:
    assert situation(plan, ("database", "app")) == (
        *situation(plan, ("database",)),
        *situation(plan, ("app",)),
    )
    assert situation(plan, ("app",)) == (
        "The application is `app.main:app`, made in `app/main.py`.",
    )


@pytest.mark.parametrize("fact", ["chat", "chat_needed"])
def test_a_chat_that_is_there(plan: Plan, fact: str) -> None:
    (ours,) = told(with_chat(plan, applied=True), fact)
    assert ours == "The chat is here: `POST /chatkit`, its code in `app/`."
    (here,) = told(with_chat(plan, applied=True), fact, home=".")
    assert here.endswith("its code in the folder itself.")
    (others,) = told(with_chat(plan, applied=False, signs=("a server", "a route")), fact)
    assert others.startswith("A chat that others wrote is here: a server; a route.")


def test_a_chat_that_is_not_there(plan: Plan) -> None:
    (line,) = told(plan, "chat")
    assert "`chatkit-agent add .` brings it, into `app/`" in line
    (needed,) = told(plan, "chat_needed")
    assert needed == "No chat was found here. Add one with `chatkit-agent add .`."
    blocked = replace(plan, manual_steps=(Blocked("mount", "Two apps.", "x"),))
    (by_hand,) = told(blocked, "chat")
    assert "leaves something to do by hand first" in by_hand


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({}, "Your own `get_current_user` in `app/auth.py` says who the user is"),
        ({"user": None, "auth": "jwt", "env_prefix": "A_"}, "`A_JWT_SECRET` or the keys"),
        ({"user": None, "auth": "none"}, "Nobody signs in: everybody is one user"),
    ],
)
def test_who_signs_in(plan: Plan, options: dict[str, Any], line: str) -> None:
    (said,) = told(replace(plan, project=replace(plan.project, tokens=None)), "sign_in", **options)
    assert line in said


def test_the_tokens_of_the_application(plan: Plan) -> None:
    tokens = Tokens(
        file="app/auth.py",
        key="SECRET",
        key_variable="APP_SECRET",
        is_jwks=False,
        algorithm=Named(default="HS256"),
        user="sub",
        evidence="decoded there",
    )
    own = replace(plan, project=replace(plan.project, tokens=tokens))
    user, key = told(own, "sign_in")
    assert "`get_current_user`" in user
    assert "verified with `APP_SECRET`, in `app/auth.py`" in key
    assert told(own, "sign_in", user=None, tokens=tokens) == [
        "The application's own tokens are verified here too, as in `app/auth.py`."
    ]


@pytest.mark.parametrize(
    ("options", "servers", "lines"),
    [
        ({"tools": "routes"}, 0, ["Tools come from: `--tools routes`."]),
        ({"mcp_url": "http://x.test"}, 0, ["The MCP server is at `http://x.test`."]),
        ({}, 0, ["No MCP server was found in this project."]),
        ({}, 1, ["`tools0.py` is an MCP server; while it runs here it is at `http://h:0`."]),
        ({}, 5, ["`tools0.py`", "`tools1.py`", "`tools2.py`"]),
        ({"mcp_url": "http://x.test"}, 1, ["The MCP server is at", "`tools0.py` is an"]),
    ],
)
def test_where_tools_come_from(
    plan: Plan, options: dict[str, Any], servers: int, lines: list[str]
) -> None:
    found = tuple(MCPServer(f"tools{n}.py", f"http://h:{n}", "") for n in range(servers))
    own = replace(plan, project=replace(plan.project, mcp_servers=found))
    said = told(own, "tools", **options)
    assert len(said) == len(lines)
    assert all(one.startswith(each) for one, each in zip(said, lines, strict=True))


@pytest.mark.parametrize(
    ("fact", "options", "lines"),
    [
        ("database", {"schema": "a_chat"}, ["Conversations go into the schema `a_chat`"]),
        ("page", {"page": "none"}, ["There is no page of the chat"]),
        ("page", {"page_path": "/p"}, ["The page is at `/p`, its files in `app/chatkit_page/`."]),
        ("feature", {"features": ()}, []),
        ("feature", {"features": ("summary",)}, ["Optional modules that are chosen: summary."]),
        ("image", {}, []),
        ("version", {}, []),
    ],
)
def test_what_else_is_the_case(
    plan: Plan, fact: str, options: dict[str, Any], lines: list[str]
) -> None:
    said = told(plan, fact, **options)
    assert len(said) == len(lines)
    assert all(one.startswith(each) for one, each in zip(said, lines, strict=True))


def test_the_first_middlewares(plan: Plan) -> None:
    some = tuple(Middleware(f"M{n}", "main.py", "buffers answers.") for n in range(5))
    own = replace(plan, project=replace(plan.project, middlewares=some))
    assert told(own, "middleware") == [f"`M{n}` in `main.py` buffers answers." for n in range(3)]
