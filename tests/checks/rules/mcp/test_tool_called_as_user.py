"""A tool call must have been made, and with the token of exactly the person who asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatkit_agent.checks.rules.mcp.tool_called_as_user import tool_called_as_user
from chatkit_agent.evidence.run import Run, ToolCall


def called(evidence: Run, *calls: ToolCall) -> Run:
    assert evidence.conversation is not None
    alice = replace(evidence.conversation.alice, calls=calls)
    return replace(evidence, conversation=replace(evidence.conversation, alice=alice))


def test_quiet(healthy: Run) -> None:
    assert not list(tool_called_as_user(healthy))


def test_a_token_among_the_arguments_is_the_persons_too(healthy: Run) -> None:
    call = ToolCall("add_task", {"params": {"access_token": "token-of-alice"}}, None)
    assert not list(tool_called_as_user(called(healthy, call)))


def test_no_call(healthy: Run) -> None:
    (finding,) = tool_called_as_user(called(healthy))
    assert "no tool call" in finding.what


@pytest.mark.parametrize("authorization", [None, "Bearer token-of-bob", "Bearer "])
def test_another_token(healthy: Run, authorization: str | None) -> None:
    (finding,) = tool_called_as_user(called(healthy, ToolCall("add_task", {}, authorization)))
    assert "`add_task`" in finding.what
    assert "token-of-bob" not in finding.evidence


def test_the_second_user_gets_the_first_ones_token(healthy: Run) -> None:
    conversation = healthy.conversation
    assert conversation is not None
    assert conversation.second_user is not None
    turn = replace(conversation.second_user.turn, calls=conversation.alice.calls)
    second_user = replace(conversation.second_user, turn=turn)
    evidence = replace(healthy, conversation=replace(conversation, second_user=second_user))
    assert len(list(tool_called_as_user(evidence))) == 1


def test_without_sign_in_it_is_told(healthy: Run) -> None:
    nobody = replace(called(healthy, ToolCall("add_task", {}, None)), auth="none")
    (finding,) = tool_called_as_user(nobody)
    assert finding.severity == "info"


def test_unseen(dead: Run) -> None:
    assert len(list(tool_called_as_user(dead))) == 1


@pytest.mark.parametrize(("routes", "severity"), [(True, "info"), (False, "inconclusive")])
def test_a_session_holds_no_token(healthy: Run, routes: bool, severity: str) -> None:
    seen = replace(healthy, without_token="known by a session", has_route_tools=routes)
    (finding,) = tool_called_as_user(seen)
    assert finding.severity == severity
