"""Health says whether the chat is ready, and what is away where it is not."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import RUN, Finding, check, inconclusive, not_applicable
from chatkit_agent.evidence.run import Outage, Reply, Run
from chatkit_agent.evidence.run.door import explained, obstacle

FIX = "Let it answer 503 and name what is missing while the database is away, and 200 else."


@check("CK614", needs=RUN)
def health_told(run: Run) -> Iterator[Finding]:
    """It is asked while all is well, and while the database is stopped."""
    conversation = run.conversation
    if conversation is None or conversation.health is None:
        yield inconclusive("health is told", run.unseen or "the first question made no thread.")
        return
    where, well = f"GET {run.path}/health", conversation.health
    if well.status == 404:
        yield not_applicable(f"There is no {where}.")
        return
    if why := _kept_out(well):
        yield inconclusive("health is told", f"who sends no token is refused: {why}.")
        return
    if well.status != 200:
        yield Finding(
            what="Health says that a chat which answers is not ready.",
            where=where,
            evidence=well.summary,
            fix=FIX,
        )
    for outage in conversation.outages:
        yield from _silence(outage, where)


def _kept_out(reply: Reply) -> str:
    """What stands before it: a limit, or a sign-in that is asked of every request."""
    kind = obstacle(reply)
    if kind is not None:
        return explained(kind, reply)
    return reply.summary if reply.status in (401, 403) else ""


def _silence(outage: Outage, where: str) -> Iterator[Finding]:
    if outage.what == "database" and outage.health.status == 200:
        yield Finding(
            what="Health says that all is well while the database is away.",
            where=where,
            evidence=outage.health.summary,
            fix=FIX,
        )
