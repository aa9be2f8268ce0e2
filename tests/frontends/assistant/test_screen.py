"""What a person sees while the assistant works: words whole, code as it is, no tricks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest

from chatkit_agent.api import plan_integration
from chatkit_agent.apply.apply import apply
from chatkit_agent.frontends.assistant.screen import Screen
from chatkit_agent.frontends.session import Plans, Session
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.read import read_project


@pytest.fixture(params=[60, 100])
def width(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("COLUMNS", str(request.param))
    return request.param


def pieces(text: str, size: int = 3) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def screen(root: Path, *, yes: bool = False) -> Screen:
    return Screen(Session([root], Plans()), yes=yes, quiet=False)


def test_words_are_not_broken(
    width: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "The chat streams, remembers and keeps users apart. " * 6 + "\n\n- one\n- two"
    on = screen(tmp_path)
    for piece in pieces(text):
        on.said(piece)
    on.ended()
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= width
    assert out.split() == text.split()
    assert out.endswith("\n\n- one\n- two\n")


def test_lines_of_code_are_left_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = f"Run this:\n\n```sh\n{'export A=1 && ' * 20}true\n```\nThen go on."
    on = screen(tmp_path)
    for piece in pieces(code):
        on.said(piece)
    on.ended()
    assert f"\n{'export A=1 && ' * 20}true\n" in capsys.readouterr().out


def test_a_model_cannot_steer_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    on = screen(tmp_path)
    on.said("\x1b[2J\x1b]0;title\x07fine\x1b[1A\r\x9b31mhere\n")
    on.called("plan_\x1b[2Jx", json.dumps({"path": "\x1b[31mred", "token": "secret-token"}))
    out = capsys.readouterr().out
    assert not set("\x1b\x07\r\x9b") & set(out)
    assert "secret-token" not in out


@pytest.mark.parametrize("answer", [True, False])
def test_a_person_sees_the_plan_and_decides(
    answer: bool,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked: list[str] = []

    def confirm(question: str, **_: object) -> bool:
        asked.append(question.strip())
        return answer

    monkeypatch.setattr(click, "confirm", confirm)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    on = screen(project)
    plan = plan_integration(project, RequestedOptions())
    on._session.plans.remember(plan.plan_id, project, RequestedOptions())
    given = json.dumps({"plan_id": plan.plan_id, "allow_dirty": True})
    assert on.approves("apply_plan", given) is answer
    assert asked == ["Write these files?"]
    out = capsys.readouterr().out
    assert "+app.include_router(create_chatkit_router" in out
    assert '"allow_dirty": true' in out


def test_an_unknown_plan_needs_no_answer(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert screen(project).approves("apply_plan", '{"plan_id": "nonsense"}')
    assert capsys.readouterr().out == ""


def test_yes_approves_and_still_shows(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    apply(make_plan(read_project(project)))
    assert screen(project, yes=True).approves("undo_integration", "{}")
    assert "Take the chat out again? Yes, by --yes." in capsys.readouterr().out
