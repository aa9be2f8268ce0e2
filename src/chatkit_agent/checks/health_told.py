"""Health says whether the chat is ready, and what is away where it is not."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.evidence.run import Evidence, Outage
from chatkit_agent.findings import Finding, beside_the_point, unproved

FIX = "Let it answer 503 and name what is missing while the database is away, and 200 else."


def health_told(evidence: Evidence) -> Iterator[Finding]:
    conversation = evidence.conversation
    if conversation is None or conversation.health is None:
        yield unproved("health is told", evidence.unseen or "the first question made no thread.")
        return
    where, well = f"GET {evidence.path}/health", conversation.health
    if well.status == 404:
        yield beside_the_point(f"There is no {where}.")
        return
    if well.status != 200:
        yield Finding(
            what="Health says that a chat which answers is not ready.",
            where=where,
            evidence=well.summary,
            fix=FIX,
        )
    for outage in conversation.outages:
        yield from _told(outage, where)


def _told(outage: Outage, where: str) -> Iterator[Finding]:
    if outage.what == "database" and outage.health.status == 200:
        yield Finding(
            what="Health says that all is well while the database is away.",
            where=where,
            evidence=outage.health.summary,
            fix=FIX,
        )
