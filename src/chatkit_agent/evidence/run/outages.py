"""Outages: the model, the database and the tools fail one after the other."""

from __future__ import annotations

import time

from chatkit_agent.evidence.run import Failing, Outage, Reply
from chatkit_agent.evidence.run.staging import Stage
from chatkit_agent.sandbox.postgres import away

PIECES = 4
RETRY_SECONDS = 5.0


def let_fail(stage: Stage, url: str) -> tuple[Outage, ...]:
    """What Alice gets meanwhile in a thread of its own; the tools come last, and stay away."""
    stage.model.behave(status=401, times=1)
    refused = _ask(stage, url, None)
    thread = refused.thread
    if thread is None:
        return ()
    key = _outage(stage, url, "key", thread, refused)
    stage.model.script([stage.marked("I think") + " is where I break off."])
    stage.model.behave(break_after=PIECES, times=1)
    cut = _outage(stage, url, "cut", thread, _ask(stage, url, thread))
    with away(stage.database):
        refused, health = _ask(stage, url, thread), _health_of_outage(stage, url)
    database = Outage("database", refused, health, stage.items(url, thread))
    stage.tools.close()
    return key, cut, database, _outage(stage, url, "tools", thread, _ask(stage, url, thread))


def _health_of_outage(stage: Stage, url: str) -> Reply:
    """What health says at last: a chat may look again only once in a while, as ours each second."""
    deadline = time.monotonic() + RETRY_SECONDS
    health = stage.chat(url).health()
    while health.status == 200 and time.monotonic() < deadline:
        time.sleep(0.2)
        health = stage.chat(url).health()
    return health


def _outage(stage: Stage, url: str, what: Failing, thread: str, reply: Reply) -> Outage:
    return Outage(what, reply, stage.chat(url).health(), stage.items(url, thread))


def _ask(stage: Stage, url: str, thread: str | None) -> Reply:
    return stage.chat(url).turn(stage.alice, stage.marked("Are you there?"), thread).reply
