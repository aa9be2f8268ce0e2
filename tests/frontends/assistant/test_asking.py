"""Each invocation, with a model over HTTP: the right operations in order, approval, the checks."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from chatkit_agent.api import inspect_project
from chatkit_agent.guide.playbooks import FIVE
from chatkit_agent.output import terminal
from chatkit_agent.output.documents import AskDocument
from chatkit_agent.sandbox.turns import Reply

from .specialist import specialist

Ask = Callable[..., Any]
INTEGRATING = ["inspect_project", "plan_integration", "apply_plan"]
INVOCATIONS = {each.name: each.invocation for each in FIVE}
WHOLE = (
    "Add ChatKit server to packages/api with: MCP connection to http://localhost:8001/mcp; "
    "JWT auth token passing; PostgreSQL conversation persistence. "
    "Reference: use rag-agent/ patterns"
)


def files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def names(document: AskDocument) -> list[str]:
    assert [each for each in document.calls if each.refused] == []
    return [each.name for each in document.calls]


def shown(document: AskDocument, width: int = 80) -> str:
    output = io.StringIO()
    Console(file=output, width=width, highlight=False).print(terminal.answer(document), crop=False)
    return output.getvalue()


def in_the_charters_format(text: str) -> bool:
    parts = ["The pattern", "The code, and its place", "Set these variables", "Test it", "Checks"]
    places = [text.find(f"\n{each}\n") for each in parts]
    return -1 not in places and places == sorted(places)


def test_the_first_invocation_is_planned_approved_applied_and_checked(
    project: Path, ask: Ask
) -> None:
    asked = ask(project, specialist)
    document = asked(INVOCATIONS["integrate"])
    assert document.playbook == "integrate"
    assert names(document) == INTEGRATING
    assert asked.approvals == ["apply_plan"]
    assert document.added is not None
    assert document.added.applied
    assert document.verification is not None
    assert document.verification.ok
    assert inspect_project(project).chat.applied
    text = shown(document)
    assert in_the_charters_format(text)
    assert re.search(r"^(\d\d?) of \1 checks passed\.$", text, re.MULTILINE)
    assert document.usage is not None
    assert document.usage.requests == 4
    assert "offline-model: 4 requests" in text


@pytest.mark.parametrize(
    ("playbook", "api"),
    [("mcp", "chat_completions"), ("persistence", "responses"), ("auth", "responses")],
)
def test_an_invocation_is_planned_and_left_to_the_person(
    playbook: str, api: str, project: Path, ask: Ask
) -> None:
    asked = ask(project, specialist, approve=False, api=api)
    document = asked(INVOCATIONS[playbook])
    assert document.playbook == playbook
    assert names(document) == INTEGRATING[:-1]
    assert asked.approvals == ["apply_plan"]
    assert document.usage is not None
    assert document.usage.input_tokens > 100
    text = shown(document)
    assert in_the_charters_format(text)
    assert "None: nothing was written." in text


def test_debugging_looks_and_changes_nothing(project: Path, ask: Ask) -> None:
    before = files(project)
    asked = ask(project, specialist)
    document = asked(INVOCATIONS["debug"])
    assert names(document) == ["diagnose", "inspect_project"]
    assert asked.approvals == []
    assert document.diagnosis is not None
    assert "What was found" in shown(document)
    assert files(project) == before


def test_a_task_with_details_goes_to_its_folder_with_its_options(
    tmp_path: Path, project: Path, ask: Ask
) -> None:
    root = tmp_path / "monorepo"
    (root / "packages").mkdir(parents=True)
    project.rename(root / "packages/api")
    document = ask(root, specialist, approve=False)(WHOLE)
    assert names(document) == INTEGRATING[:-1]
    assert document.added is not None
    assert document.added.root == str(root / "packages/api")
    assert document.added.options.mcp_url == "http://localhost:8001/mcp"
    assert document.added.options.auth == "jwt"
    assert {"reference", "persistence", "path"} <= {each.what for each in document.understood}


@pytest.mark.parametrize("approve", [False, None])
def test_nothing_is_written_without_approval(
    approve: bool | None, project: Path, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files(project)
    document = ask(project, specialist, approve=approve)("Add a chat")
    assert files(project) == before
    assert document.denied == ("apply_plan",)
    assert [each.name for each in document.calls] == ["inspect_project", "plan_integration"]
    text = shown(document)
    assert "Not approved, so not done: apply_plan." in text
    assert "nothing was written" in document.answer
    # Whoever decides has seen the plan, whatever the model says of it.
    out = capsys.readouterr().out
    assert "app.include_router(create_chatkit_router" in out
    assert approve is False or "no terminal to ask in" in out


FACTORY = """\
import os

from fastapi import FastAPI


def build() -> FastAPI:
    if os.environ.get("SHOP_IS_QUIET"):
        return FastAPI(title="Quiet shop")
    return FastAPI(title="Shop")
"""


@pytest.fixture
def blocked(tmp_path: Path) -> Path:
    """An application whose factory has no place that is sure to be the right one."""
    root = tmp_path / "blocked"
    (root / "app").mkdir(parents=True)
    (root / "app/__init__.py").touch()
    (root / "app/main.py").write_text(FACTORY)
    (root / "Procfile").write_text("web: uvicorn --factory app.main:build\n")
    return root


def test_what_the_plan_left_is_proposed_approved_and_checked(
    blocked: Path, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    document = ask(blocked, specialist)("Add a chat")
    assert names(document) == [
        "inspect_project",
        "plan_integration",
        "read_file",
        "plan_integration",
        "apply_plan",
    ]
    assert document.added is not None
    assert document.added.applied
    assert document.verification is not None
    assert document.verification.ok
    out = capsys.readouterr().out
    assert "+    app.include_router(create_chatkit_router(current_user=VerifiedUser()))" in out
    assert "Proposed in place of `mount_router`" in " ".join(out.split())


def test_a_conversation_goes_on(project: Path, ask: Ask) -> None:
    asked = ask(project, specialist, approve=False)
    asked("Add a chat")
    asked("Pass the tokens to MCP tools")
    assert "Add a chat" in asked.sent[-1]
    assert "plan_id" in asked.sent[-1], "what the tools gave is known as long as it goes on"
    # Another day: what was said is known, and neither tools nor results are.
    another = ask(project, lambda turn: Reply("Yes."))
    another("And now?")
    assert "You did not approve it" in another.sent[-1]
    assert "plan_id" not in json.dumps(another.model.requests[-1].body["input"])


def test_the_history_is_of_one_project_and_private(project: Path, ask: Ask, tmp_path: Path) -> None:
    asked = ask(project, lambda turn: Reply("Hello."))
    asked("Hello")
    [file] = (tmp_path / "state").iterdir()
    assert file.stat().st_mode & 0o077 == 0
    other = tmp_path / "other"
    other.mkdir()
    (other / "main.py").write_text("from fastapi import FastAPI\n\napp = FastAPI()\n")
    ask(other, lambda turn: Reply("Who is there?"))("Hello")
    assert "Hello." not in asked.model.requests[-1].body["input"][-1]["content"]
    assert len(asked.model.requests[-1].body["input"]) == 1
