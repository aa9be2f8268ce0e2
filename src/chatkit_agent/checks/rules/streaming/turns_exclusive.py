"""In each thread one answer is written at a time."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import RUN, Finding, check, inconclusive
from chatkit_agent.evidence.run import Run

WHAT = "one answer is written at a time"
FIX = (
    "Take a lock on the thread in the database before the turn begins, and answer 409, or an "
    "error event, while somebody else holds it."
)


@check("CK511", needs=RUN)
def turns_exclusive(run: Run) -> Iterator[Finding]:
    """While an answer is held, the same person asks in the same thread, and has to get 409 or an
    error event.
    """
    seen = run.conversation.interruption if run.conversation else None
    if seen is None or seen.meanwhile is None:
        yield inconclusive(WHAT, run.unseen or "no answer arrived piece by piece.")
        return
    reply = seen.meanwhile.reply
    if reply.status in (409, 423, 429) or (reply.status == 200 and reply.failure):
        return
    told = "began as well" if reply.status == 200 else "was neither written nor refused"
    yield Finding(
        what=f"While one answer was being written, a second one in the same thread {told}.",
        where=f"POST {run.path}",
        evidence=f"The second question got: {reply.told}",
        fix=FIX,
    )
