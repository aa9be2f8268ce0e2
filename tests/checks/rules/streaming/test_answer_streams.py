"""An answer that is buffered, broken or missing is found by its times."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatkit_agent.checks.rules.streaming.answer_streams import answer_streams
from chatkit_agent.checks.verification import judge
from chatkit_agent.evidence.run import Frame, Reply, Run


def answered(evidence: Run, reply: Reply) -> Run:
    assert evidence.conversation is not None
    alice = replace(evidence.conversation.alice, reply=reply)
    return replace(evidence, conversation=replace(evidence.conversation, alice=alice))


def reply_of(evidence: Run) -> Reply:
    assert evidence.conversation is not None
    return evidence.conversation.alice.reply


def test_quiet(healthy: Run) -> None:
    assert not list(answer_streams(healthy))


def test_all_at_once(healthy: Run) -> None:
    reply = reply_of(healthy)
    frames = tuple(replace(frame, at=0.89) for frame in reply.frames)
    (finding,) = answer_streams(answered(healthy, replace(reply, frames=frames)))
    assert "all at once" in finding.what
    assert "first text after 0.89 s, end after 0.90 s" in finding.evidence


@pytest.mark.parametrize(
    ("reply", "seen"),
    [
        (Reply(None, error="ConnectError: refused"), "no answer: ConnectError: refused"),
        (Reply(503, '{"error": "set OPENAI_API_KEY"}'), "503"),
        (Reply(200, frames=(Frame(0.1, {"type": "thread.created"}),)), "No text"),
        (Reply(200), "nothing"),
        (Reply(200, error="the stream was cut: ReadError"), "cut"),
        (Reply(200, frames=(Frame(0.1, {"type": "error", "message": "away"}),)), "away"),
    ],
)
def test_no_answer(healthy: Run, reply: Reply, seen: str) -> None:
    (finding,) = answer_streams(answered(healthy, reply))
    assert "no complete answer" in finding.what
    assert seen in finding.evidence


def test_unseen(dead: Run) -> None:
    assert len(list(answer_streams(dead))) == 1


def test_no_token_gets_into_a_report(healthy: Run) -> None:
    said = Reply(500, "cannot use token-of-alice with sk-random, nor token-of-bob")
    (check,) = [each for each in judge(answered(healthy, said)).checks if not each.ok][:1]
    told = " ".join(f"{each.what} {each.evidence}" for each in check.findings)
    assert "cannot use [hidden] with [hidden], nor [hidden]" in told
