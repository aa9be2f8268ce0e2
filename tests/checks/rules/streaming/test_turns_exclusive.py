"""A second turn in the same thread: refused, written as well, or broken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chatkit_agent.checks.rules.streaming.turns_exclusive import turns_exclusive
from chatkit_agent.evidence.run import Frame, Reply, Run


def meanwhile(evidence: Run, reply: Reply) -> Run:
    assert evidence.conversation is not None
    assert evidence.conversation.interruption is not None
    seen = evidence.conversation.interruption
    assert seen.meanwhile is not None
    changed = replace(seen, meanwhile=replace(seen.meanwhile, reply=reply))
    return replace(evidence, conversation=replace(evidence.conversation, interruption=changed))


ERROR = Frame(0.1, {"type": "error", "message": "busy"})
DELTA: dict[str, Any] = {"type": "assistant_message.content_part.text_delta", "delta": "Hello"}


def test_quiet(healthy: Run) -> None:
    assert not list(turns_exclusive(healthy))
    assert not list(turns_exclusive(meanwhile(healthy, Reply(200, frames=(ERROR,)))))


@pytest.mark.parametrize(
    ("reply", "what"),
    [
        (Reply(200, frames=(Frame(0.1, {"update": DELTA}),)), "began as well"),
        (Reply(200), "began as well"),
        (Reply(500, "oops"), "neither written nor refused"),
        (Reply(None, error="ReadTimeout"), "neither written nor refused"),
    ],
)
def test_found(healthy: Run, reply: Reply, what: str) -> None:
    (finding,) = turns_exclusive(meanwhile(healthy, reply))
    assert what in finding.what


def test_nothing_was_asked_meanwhile(healthy: Run) -> None:
    assert healthy.conversation is not None
    assert healthy.conversation.interruption is not None
    seen = replace(healthy.conversation.interruption, meanwhile=None)
    alone = replace(healthy.conversation, interruption=seen)
    (finding,) = turns_exclusive(replace(healthy, conversation=alone))
    assert finding.severity == "inconclusive"


def test_unseen(dead: Run) -> None:
    (finding,) = turns_exclusive(dead)
    assert finding.severity == "inconclusive"
