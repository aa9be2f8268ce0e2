"""A question without an answer is a sign of what the log explains."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.diagnosis import judge
from chatkit_agent.checks.rules.streaming.answer_streams import question_answered
from tests.checks.rules.conftest import Tried


def test_quiet(tried: Tried, observed: Tried) -> None:
    assert not list(question_answered(tried()))
    assert not list(question_answered.over(observed()))
    assert not list(question_answered(tried(error="it broke", is_answered=False)))


@pytest.mark.parametrize(
    "seen",
    [{"answer": "401 not valid", "asked_model": False}, {"answer": "", "lacks_tables": True}],
)
def test_quiet_where_the_sandbox_is_what_is_missing(tried: Tried, seen: dict[str, object]) -> None:
    trial = tried(is_answered=False, **seen)
    assert not list(question_answered(trial))
    assert any("sandbox" in note for note in judge(trial).unsettled)


@pytest.mark.parametrize(
    ("answer", "asked", "symptom"),
    [
        ("503 the chat is not configured", False, "unavailable"),
        ("An error occurred during the stream", True, "stream_error"),
    ],
)
def test_found(tried: Tried, answer: str, asked: bool, symptom: str) -> None:
    (finding,) = question_answered(tried(is_answered=False, answer=answer, asked_model=asked))
    assert finding.is_sign
    assert symptom in finding.explains
    assert answer in finding.evidence
    assert ("never asked" in finding.evidence) is not asked
