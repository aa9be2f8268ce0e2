"""What Stop loses, and what it does not stop."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chatkit_agent.checks.rules.streaming.stop_keeps_partial import stop_keeps_partial
from chatkit_agent.evidence.run import Reply, Run


def stopping(evidence: Run, **seen: Any) -> Run:
    assert evidence.conversation is not None
    assert evidence.conversation.interruption is not None
    changed = replace(evidence.conversation.interruption, **seen)
    return replace(evidence, conversation=replace(evidence.conversation, interruption=changed))


def test_quiet(healthy: Run) -> None:
    assert not list(stop_keeps_partial(healthy))
    assert not list(stop_keeps_partial(stopping(healthy, model_hung_up=None)))


@pytest.mark.parametrize(
    ("seen", "what"),
    [
        ({"items": Reply(200, '{"data": []}')}, "What was said before Stop is lost."),
        ({"items": Reply(500, "oops")}, "After Stop the thread cannot be read."),
        ({"model_hung_up": False}, "The model writes on after Stop."),
    ],
)
def test_found(healthy: Run, seen: dict[str, Any], what: str) -> None:
    (finding,) = stop_keeps_partial(stopping(healthy, **seen))
    assert finding.what == what


def test_the_next_message_is_refused(healthy: Run) -> None:
    assert healthy.conversation is not None
    assert healthy.conversation.interruption is not None
    later = replace(healthy.conversation.interruption.later, reply=Reply(409, "busy"))
    (finding,) = stop_keeps_partial(stopping(healthy, later=later))
    assert finding.what == "A message right after Stop got no answer."
    assert finding.evidence == "409 busy"


def test_nothing_heard_proves_nothing(healthy: Run) -> None:
    assert healthy.conversation is not None
    assert healthy.conversation.interruption is not None
    silent = replace(healthy.conversation.interruption.stopped, reply=Reply(200))
    (finding,) = stop_keeps_partial(stopping(healthy, stopped=silent))
    assert finding.severity == "inconclusive"


def test_unseen(healthy: Run, dead: Run) -> None:
    assert healthy.conversation is not None
    not_streamed = replace(healthy.conversation, interruption=None)
    for evidence in (dead, replace(healthy, conversation=not_streamed)):
        (finding,) = stop_keeps_partial(evidence)
        assert finding.severity == "inconclusive"
