"""Gathering: what is told of a chat that did not start again; the rest is seen in whole runs."""

from __future__ import annotations

from typing import cast

from chatkit_agent.evidence.run import Boot, Environment, Run
from chatkit_agent.evidence.run.booting import Running
from chatkit_agent.evidence.run.gathering import _intruders_met
from chatkit_agent.evidence.run.staging import Stage

NOT_AGAIN = Boot(error="it had not started after 90 seconds")
RUN = Run(
    environment=Environment("/venv/bin/python", "3.11.7", "`.venv`", {}),
    path="/chatkit",
    auth="jwt",
    token="auto",
    approvals=False,
    sign_in=None,
    global_dependencies=(),
    mounting="sidecar",
    before=None,
    after=Boot(None),
    alone=Boot(None),
    conversation=None,
    unauthenticated=None,
    unseen=None,
    log="",
)


def test_nobody_was_refused_by_a_chat_that_did_not_start_once_more() -> None:
    nothing = cast(Stage, None)
    seen = _intruders_met(nothing, Running(NOT_AGAIN, None, None), RUN)
    assert seen.unauthenticated is None
    assert seen.unseen == "started once more, it had not started after 90 seconds"
