"""In each thread one answer is written at a time."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.evidence.run import Evidence
from chatkit_agent.findings import Finding, unproved

WHAT = "one answer is written at a time"
FIX = (
    "Take a lease on the thread in the database before the turn begins, and answer 409, or an "
    "error event, while somebody else holds it."
)


def turns_exclusive(evidence: Evidence) -> Iterator[Finding]:
    seen = evidence.conversation.interruption if evidence.conversation else None
    if seen is None or seen.meanwhile is None:
        yield unproved(WHAT, evidence.unseen or "no answer arrived piece by piece.")
        return
    reply = seen.meanwhile.reply
    if reply.status in (409, 423, 429) or (reply.status == 200 and reply.failure):
        return
    told = "began as well" if reply.status == 200 else "was neither written nor refused"
    yield Finding(
        what=f"While one answer was being written, a second one in the same thread {told}.",
        where=f"POST {evidence.path}",
        evidence=f"The second question got: {reply.told}",
        fix=FIX,
    )
