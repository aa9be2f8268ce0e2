"""Steps: commands with whatever was asked for, and files whatever somebody made of them."""

from __future__ import annotations

import shlex
import shutil
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from chatkit_agent.frontends.cli import main
from chatkit_agent.guide.playbooks import DEBUG, INTEGRATE, MCP, PERSISTENCE
from chatkit_agent.guide.steps import add_command, installed, look, started, steps
from chatkit_agent.guide.steps import tested as checked
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.plan.plan import Plan, make_plan
from chatkit_agent.project.read import read_project

PROJECTS = Path(__file__).parents[1] / "projects"
ASKED: dict[str, Any] = {
    "app": "main:app",
    "current_user": "app.auth:get_user",
    "mode": "sidecar",
    "tools": "routes:GET /a b",
    "mcp_url": "http://x.test/mcp",
    "auth": "jwt",
    "token": "header",
    "env_prefix": "A_",
    "schema": "a_chat",
    "path": "/x",
    "page": "none",
    "page_path": "/p",
    "runtime": "package",
    "features": ("retention", "summary"),
    "ci": True,
    "reference": Path("old"),
}


def planned(name: str, folder: Path, **asked: Any) -> Plan:
    root = shutil.copytree(PROJECTS / name, folder / "shop")
    return make_plan(read_project(root), RequestedOptions(**asked))


@pytest.mark.parametrize("name", [each.name for each in fields(RequestedOptions)])
def test_a_command_has_each_option_as_it_is_called(
    name: str, plan: Plan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "old").mkdir()
    monkeypatch.chdir(tmp_path)
    asked = RequestedOptions(**{name: ASKED[name]} if name in ASKED else {})
    last = (checked(plan, asked).commands[-1], look(plan, asked, "").commands[-1])
    for command in (add_command(asked), *(each.command for each in last)):
        program, verb, *arguments = shlex.split(command)
        assert program == "chatkit-agent"
        assert main.commands[verb].make_context(verb, arguments)
    assert ("--" in add_command(asked)) == (name in ASKED)


def test_a_question_is_what_is_looked_for(plan: Plan) -> None:
    doctor = look(plan, RequestedOptions(), "why's it 503?").commands[0].command
    assert shlex.split(doctor) == ["chatkit-agent", "doctor", ".", "--symptom", "why's it 503?"]
    assert look(plan, RequestedOptions(), "").commands[0].command == "chatkit-agent doctor ."


def test_the_whole_integration_in_order(plan: Plan) -> None:
    found = steps(plan, INTEGRATE, RequestedOptions(), "")
    assert [each.title for each in found] == [
        "Write the new files",
        "Change the files that are there",
        "Install the dependencies",
        "Set the environment variables",
        "Start the application",
        "Test it",
    ]
    new, edited = found[0].files, found[1].files
    assert {each.path for each in (*new, *edited)} == {each.path for each in plan.changes}
    assert all(each.content is not None and each.diff is None for each in new)
    assert all(each.content is None and each.diff is not None for each in edited)
    assert all(each.purpose and not each.purpose.endswith(".") for each in (*new, *edited))
    purposes = {each.path: each.purpose for each in edited}
    assert purposes["app/main.py"] == "includes the chat's router"
    assert purposes[str(plan.project.packaging.file)] == "declares what the chat needs"


def test_a_service_beside_the_application(tmp_path: Path) -> None:
    beside = planned("oauth_user", tmp_path, mode="sidecar")
    (sync,) = (each for step in installed(beside) for each in step.commands)
    assert sync.command == f"(cd {beside.options.service_folder} && uv sync)"
    assert started(beside.options).title == "Start the chat beside the application"
    assert "uv run --extra test pytest" in checked(beside, RequestedOptions()).commands[0].command


@pytest.mark.parametrize(("playbook", "count"), [(INTEGRATE, 0), (DEBUG, 0), (MCP, 1)])
def test_the_code_that_matters_as_it_will_be(plan: Plan, playbook: Any, count: int) -> None:
    found = steps(plan, playbook, RequestedOptions(), "")
    read = [each for each in found if each.title == "Read the code that matters"]
    assert len(read) == count
    assert all(file.action == "create" for step in read for file in step.files)


@pytest.mark.parametrize(
    ("content", "purpose"),
    [
        (b'"""What it keeps.\n\nMore."""\n', "What it keeps"),
        (b"def (:\n", ""),
        (b"\0", ""),
        (b"\xff", ""),
        (b"", ""),
    ],
)
def test_a_file_that_somebody_is_editing_is_shown_as_it_is(
    plan: Plan, content: bytes, purpose: str
) -> None:
    (path,) = (each.path for each in plan.changes if each.path.endswith("/postgres_store.py"))
    tree = plan.project.tree.with_contents({each.path: each.after for each in plan.changes})
    chat = replace(plan.project.chat, applied=True)
    project = replace(plan.project, chat=chat, tree=tree.write(path, content))
    (step,) = steps(replace(plan, project=project, changes=()), PERSISTENCE, RequestedOptions(), "")
    (file,) = (each for each in step.files if each.path == path)
    assert (file.action, file.purpose) == ("read", purpose)
    assert file.content == content.decode(errors="replace")
