"""The answer streams: its first event and first text arrive before it is complete."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import RUN, check
from chatkit_agent.checks.finding import Finding, unproved
from chatkit_agent.evidence.run import Reply, Run


@check(
    "CK501",
    "The answer streams: its first event and first text arrive before it is complete",
    needs=RUN,
)
def answer_streams(run: Run) -> Iterator[Finding]:
    """The answer streams: its first event and first text arrive before it is complete. Each
    event is timed as it arrives; the offline model speaks word by word.
    """
    if run.conversation is None:
        yield unproved("the answer streams", f"{run.unseen}")
        return
    where = f"POST {run.path}"
    reply = run.conversation.alice.reply
    if problem := _broken(reply):
        yield Finding(
            what="A question got no complete answer.",
            where=where,
            evidence=problem,
            fix="Read the application's log for this request; `GET /health` beside it says more.",
        )
    elif not reply.streamed:
        yield Finding(
            what="The answer arrives all at once instead of streaming.",
            where=where,
            evidence=_times(reply),
            fix="Look for a middleware that collects responses, such as compression, and let "
            "`text/event-stream` pass through it.",
        )


def _broken(reply: Reply) -> str | None:
    if reply.status != 200:
        return reply.summary
    if reply.error or reply.failure:
        return reply.error or f"The stream ended with an error: {reply.failure}"
    if not reply.text_frames:
        kinds = ", ".join(sorted({frame.type for frame in reply.frames})) or "nothing"
        return f"No text came in {reply.ended:.1f} s, only: {kinds}"
    return None


def _times(reply: Reply) -> str:
    return (
        f"first event after {reply.frames[0].at:.2f} s, first text after "
        f"{reply.text_frames[0].at:.2f} s, end after {reply.ended:.2f} s"
    )
