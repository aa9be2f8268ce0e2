"""Stop keeps what was said, stops the model, and lets the next message through."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import RUN, Finding, check, inconclusive
from chatkit_agent.evidence.run import Interruption, Run

WHAT = "Stop keeps what was said"
OWN_TASK = (
    "Run the turn in a task of its own that feeds the response; when the response ends, cancel "
    "that task once, and let it save what it has."
)


@check("CK512", needs=RUN)
def stop_keeps_partial(run: Run) -> Iterator[Finding]:
    """An answer that the offline model holds in the middle is hung up on; its beginning has to be
    in the thread, the request to the model has to be broken off, and a message sent at once has to
    be answered.
    """
    seen = run.conversation.interruption if run.conversation else None
    if seen is None:
        yield inconclusive(WHAT, run.unseen or "no answer arrived piece by piece.")
        return
    if not seen.stopped.reply.answer:
        yield inconclusive(WHAT, f"nothing of it arrived: {seen.stopped.reply.summary}")
        return
    for what, found in _problems(seen):
        yield Finding(what=what, where=f"POST {run.path}", evidence=found, fix=OWN_TASK)


def _problems(seen: Interruption) -> Iterator[tuple[str, str]]:
    heard = seen.stopped.reply.answer
    if seen.items.status != 200:
        yield "After Stop the thread cannot be read.", seen.items.summary
    elif not any(heard in text for text in seen.items.texts):
        yield "What was said before Stop is lost.", f"Heard, but not kept: {heard}"
    if seen.model_hung_up is False:
        yield (
            "The model writes on after Stop.",
            "Its request was still open seconds after the person had hung up.",
        )
    later = seen.later.reply
    if later.status != 200 or not later.answer:
        yield "A message right after Stop got no answer.", later.told
