"""What is printed after `add` leads to the first answer, and ends with the way out."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from chatkit_agent.apply.commands import question_commands, start_command
from chatkit_agent.apply.next_steps import next_steps
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.output import terminal
from chatkit_agent.output.documents import PlanDocument
from chatkit_agent.plan.plan import Plan, make_plan
from chatkit_agent.project.facts import Credential, Named, SignIn, Tokens
from chatkit_agent.project.read import read_project

PROJECTS = Path(__file__).parents[1] / "projects"


def plan_of(root: Path, **asked: str) -> Plan:
    return make_plan(read_project(root), RequestedOptions(**asked))  # type: ignore[arg-type]


def commands(steps: tuple[str, ...]) -> list[str]:
    return [line for step in steps for line in step.splitlines()[1:]]


def test_the_way_to_the_first_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    root = Path(shutil.copytree(PROJECTS / "oauth_user", tmp_path / "members"))
    steps = next_steps(plan_of(root), installed=False)
    told = [step.splitlines()[0] for step in steps]
    assert told[0].startswith("See it now")
    assert told[-1].startswith("Take it out")
    lines = commands(steps)
    assert lines[0] == "chatkit-agent dev"
    assert "uvicorn app.main:app" in lines
    assert "http://localhost:8000/chat" in lines
    assert "curl http://localhost:8000/chatkit/health" in lines
    assert lines[-1] == "chatkit-agent undo"
    variables = dict(
        line.split(None, 1) for line in lines if "MEMBERS_" in line or "OPENAI" in line
    )
    assert variables["OPENAI_API_KEY"] == "set"
    assert variables["MEMBERS_CHATKIT_DATABASE_URL"] == "needed (a PostgreSQL; your own will do)"


def test_installed_and_beside(tmp_path: Path) -> None:
    root = Path(shutil.copytree(PROJECTS / "old_pins", tmp_path / "old"))
    plan = plan_of(root, mode="sidecar")
    steps = next_steps(plan, installed=True)
    assert not any("Install" in step for step in steps)
    assert any(".venv/bin/uvicorn" in step and "--port 8002" in step for step in steps)
    assert any("uv sync" in step for step in next_steps(plan, installed=False))


@pytest.mark.parametrize("sample", sorted(each.name for each in PROJECTS.iterdir()))
def test_every_command_is_one(sample: str) -> None:
    try:
        plan = plan_of(PROJECTS / sample)
    except Exception:  # several applications, as the next step of which one is chosen
        assert sample == "two_apps"
        return
    for line in commands(next_steps(plan, installed=False)):
        if not line.startswith("http") and "  needed" not in line and "  set" not in line:
            assert subprocess.run(["sh", "-n", "-c", line], check=False).returncode == 0, line


@pytest.mark.parametrize(
    ("credential", "carried"),
    [
        (Credential("header", "Authorization", "Bearer"), '-H "Authorization: Bearer $TOKEN"'),
        (Credential("header", "X-Key"), '-H "X-Key: $TOKEN"'),
        (Credential("cookie", "session"), '--cookie "session=$TOKEN"'),
        (Credential("query", "token"), '/chatkit"?token=$TOKEN"'),
        (Credential("session", "sid"), '--cookie "sid=$SESSION"'),
        (Credential("basic", "Authorization"), "--user NAME:PASSWORD"),
    ],
)
def test_a_question_carries_what_the_application_reads(
    credential: Credential, carried: str
) -> None:
    plan = plan_of(PROJECTS / "oauth_user")
    user = plan.options.user
    assert user is not None
    options = replace(plan.options, user=replace(user, credentials=(credential,)))
    *_, (asked, _expect) = question_commands(options)
    assert carried in asked


@pytest.mark.parametrize(
    ("route", "url"),
    [
        ("token", "http://localhost:8000/token"),
        ("/auth/token", "http://localhost:8000/auth/token"),
        ("https://auth.example.com/token", "https://auth.example.com/token"),
    ],
)
def test_a_token_is_had_where_the_application_gives_one(route: str, url: str) -> None:
    plan = plan_of(PROJECTS / "oauth_user")
    user = plan.options.user
    assert user is not None
    credential = Credential("header", "Authorization", "Bearer", sign_in=SignIn(route))
    options = replace(plan.options, user=replace(user, credentials=(credential,)))
    token, _ = next(iter(question_commands(options)))
    assert f"curl -s {url} -d" in token


def test_a_token_is_had_by_json_where_the_application_takes_that() -> None:
    plan = plan_of(PROJECTS / "oauth_user")
    user = plan.options.user
    assert user is not None
    route = SignIn("/login", json_name="email", token="token")
    credential = Credential("header", "Authorization", "Bearer", sign_in=route)
    options = replace(plan.options, user=replace(user, credentials=(credential,)))
    token, _ = next(iter(question_commands(options)))
    assert """-d '{"email": "NAME", "password": "PASSWORD"}'""" in token
    assert "['token']" in token


def test_the_start_is_where_its_env_file_is() -> None:
    options = plan_of(PROJECTS / "src_layout").options
    assert options.app.directory == "src"
    assert start_command(options) == f"uvicorn {options.app.ref} --app-dir src"


def test_a_token_is_had_also_where_the_chat_verifies_it_itself() -> None:
    plan = plan_of(PROJECTS / "oauth_user")
    tokens = Tokens(
        "app/auth.py", "KEY", "KEY", False, Named(), "sub", "told", sign_in=SignIn("/auth/token")
    )
    options = replace(plan.options, auth="existing", user=None, tokens=tokens)
    (told, _), _ = question_commands(options)
    assert "http://localhost:8000/auth/token" in told


@pytest.mark.parametrize(
    ("asked", "tools"),
    [
        ({}, "MCP_SERVER_URL; your own routes instead with --tools routes"),
        ({"mcp_url": "https://tools.example.com/mcp"}, "server at https://tools.example.com/mcp"),
        ({"tools": "routes"}, "your own routes, called as who asks"),
        ({"tools": "none"}, "none"),
    ],
)
def test_the_plan_says_where_tools_come_from(asked: dict[str, str], tools: str) -> None:
    document = PlanDocument.of(plan_of(PROJECTS / "module_level", **asked))
    shown = StringIO()
    Console(width=200, file=shown).print(terminal.plan(document, full=False))
    (line,) = [each for each in shown.getvalue().splitlines() if each[2:7] == "tools"]
    assert line.split(None, 1)[1].strip().endswith(tools)


@pytest.mark.parametrize(
    ("project", "asked", "is_filled_in"),
    [
        ("oauth_user", {}, False),
        ("module_level", {"auth": "none"}, False),
        ("module_level", {"auth": "jwt"}, True),
    ],
)
def test_a_page_that_cannot_sign_in_is_to_be_told_how(
    project: str, asked: dict[str, str], is_filled_in: bool
) -> None:
    told = "\n".join(next_steps(plan_of(PROJECTS / project, **asked), installed=True))
    assert ("getToken()" in told) == is_filled_in
    assert "Open the page" in told
