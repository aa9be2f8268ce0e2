"""The random secrets are looked for in whatever was answered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chatkit_agent.checks.rules.tokens.token_hidden_from_answers import token_hidden_from_answers
from chatkit_agent.evidence.run import Frame, Reply, Run


def answering(evidence: Run, **seen: Any) -> Run:
    assert evidence.conversation is not None
    return replace(evidence, conversation=replace(evidence.conversation, **seen))


def test_quiet(healthy: Run) -> None:
    assert not list(token_hidden_from_answers(healthy))


@pytest.mark.parametrize("secret", ["token-of-alice", "token-of-bob", "sk-random"])
@pytest.mark.parametrize("where", ["body", "frame"])
def test_found(healthy: Run, secret: str, where: str) -> None:
    said = f"cannot use {secret} here"
    frame = Frame(0.1, {"type": "error", "message": said})
    reply = Reply(500, said) if where == "body" else Reply(200, frames=(frame,))
    (finding,) = token_hidden_from_answers(answering(healthy, health=reply))
    assert "was in 1 of" in finding.what
    assert secret not in finding.evidence


def test_every_answer_is_searched(healthy: Run) -> None:
    assert healthy.conversation is not None
    outages = healthy.conversation.outages
    leaky = (*outages[:-1], replace(outages[-1], items=Reply(200, "sk-random")))
    assert len(list(token_hidden_from_answers(answering(healthy, outages=leaky)))) == 1


def test_unseen(dead: Run) -> None:
    (finding,) = token_hidden_from_answers(dead)
    assert finding.severity == "inconclusive"
