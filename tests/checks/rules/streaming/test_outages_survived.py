"""What is lost or hidden when the model, the database or the tools fail."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chatkit_agent.checks.rules.streaming.outages_survived import outages_survived
from chatkit_agent.evidence.run import Failing, Frame, Outage, Reply, Run

SAID: Any = {"type": "assistant_message.content_part.text_delta", "delta": "I am sorry"}
APOLOGY = Reply(200, frames=(Frame(0.1, {"update": SAID}),), ended=1.0)
ERROR = Reply(200, frames=(Frame(0.1, {"type": "error", "message": "away"}),))
CUT = Reply(200, frames=(*APOLOGY.frames, *ERROR.frames))
ITEMS = Reply(200, '{"data": ["I am sorry"]}')
NOTHING = Reply(200, '{"data": []}')


def with_outage(evidence: Run, what: Failing, reply: Reply, items: Reply) -> Run:
    assert evidence.conversation is not None
    outages = (Outage(what, reply, Reply(200), items),)
    return replace(evidence, conversation=replace(evidence.conversation, outages=outages))


def test_quiet(healthy: Run) -> None:
    assert not list(outages_survived(healthy))


@pytest.mark.parametrize(
    ("failing", "reply", "items", "what"),
    [
        ("key", APOLOGY, ITEMS, "refuses the key"),
        ("cut", APOLOGY, ITEMS, "breaks off, nobody is told"),
        ("cut", CUT, NOTHING, "is lost"),
        ("database", Reply(500, "oops"), ITEMS, "gets no 503"),
        ("database", Reply(503), Reply(503), "does not come back"),
        ("tools", ERROR, ITEMS, "does not answer at all"),
    ],
)
def test_found(healthy: Run, failing: Failing, reply: Reply, items: Reply, what: str) -> None:
    (finding,) = outages_survived(with_outage(healthy, failing, reply, items))
    assert what in finding.what


def test_unseen(dead: Run) -> None:
    (finding,) = outages_survived(dead)
    assert finding.severity == "inconclusive"
