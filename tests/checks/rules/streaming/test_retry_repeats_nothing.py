"""Retry that doubles an answer, a question, or the work of a tool."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chatkit_agent.checks.rules.streaming.retry_repeats_nothing import retry_repeats_nothing
from chatkit_agent.evidence.run import Repetition, Reply, Run, ToolCall


def repetition_of(evidence: Run) -> Repetition:
    assert evidence.conversation is not None
    assert evidence.conversation.repetition is not None
    return evidence.conversation.repetition


def retrying(evidence: Run, **seen: Any) -> Run:
    changed = replace(repetition_of(evidence), **seen)
    assert evidence.conversation is not None
    return replace(evidence, conversation=replace(evidence.conversation, repetition=changed))


def items(*kinds: str) -> Reply:
    return Reply(
        200, str([{"type": kind} for kind in kinds]).join(('{"data": ', "}")).replace("'", '"')
    )


def test_quiet(healthy: Run) -> None:
    assert not list(retry_repeats_nothing(healthy))


@pytest.mark.parametrize(
    ("kept", "what"),
    [
        (items("user_message", "assistant_message", "assistant_message"), "2 answers"),
        (items("user_message"), "0 answers"),
        (items("user_message", "user_message", "assistant_message"), "question 2 times"),
    ],
)
def test_the_thread_is_not_as_it_was(healthy: Run, kept: Reply, what: str) -> None:
    (finding,) = retry_repeats_nothing(retrying(healthy, items=kept))
    assert what in finding.what


def test_a_tool_is_called_again(healthy: Run) -> None:
    call = ToolCall("add_task", {}, None)
    again = replace(repetition_of(healthy).again, calls=(call,))
    (finding,) = retry_repeats_nothing(retrying(healthy, again=again))
    assert "called again" in finding.what


def test_no_answer(healthy: Run) -> None:
    again = replace(repetition_of(healthy).again, reply=Reply(200))
    (finding,) = retry_repeats_nothing(retrying(healthy, again=again))
    assert finding.what == "Retry gives no answer."


def test_unseen(dead: Run) -> None:
    (finding,) = retry_repeats_nothing(dead)
    assert finding.severity == "inconclusive"
