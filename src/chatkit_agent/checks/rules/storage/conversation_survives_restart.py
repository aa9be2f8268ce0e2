"""The conversation is there after the application was restarted, and goes on."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import RUN, Finding, check, inconclusive
from chatkit_agent.evidence.run import AfterRestart, Conversation, Run

WHAT = "the conversation survives a restart"


@check("CK417", needs=RUN)
def conversation_survives_restart(run: Run) -> Iterator[Finding]:
    """The process is ended and started again; the history is read, and the next question asked in
    the same thread.
    """
    conversation = run.conversation
    if conversation is None or conversation.restart is None:
        yield inconclusive(WHAT, run.unseen or "the first question made no thread.")
        return
    restart = conversation.restart
    if not restart.boot.ok:
        yield inconclusive(WHAT, f"the application did not boot again {restart.boot.error}")
        return
    where = f"POST {run.path}"
    for problem in _problems(conversation, restart):
        yield Finding(
            what="After a restart the conversation is not what it was.",
            where=where,
            evidence=problem,
            fix="Keep threads and items in PostgreSQL, and read them from there.",
        )


def _problems(conversation: Conversation, restart: AfterRestart) -> Iterator[str]:
    first = conversation.alice
    if restart.thread.status != 200:
        yield f"`threads.get_by_id` got {restart.thread.summary}"
    if restart.items.status != 200:
        yield f"`items.list` got {restart.items.summary}"
        return
    kept = restart.items.texts
    if first.question not in kept:
        yield "The question is missing among the items."
    if not first.reply.answer or first.reply.answer not in kept:
        yield "The answer is missing among the items, or is not what was streamed."
    yield from _went_on(conversation, restart)


def _went_on(conversation: Conversation, restart: AfterRestart) -> Iterator[str]:
    later = restart.later
    if later.reply.status != 200 or not later.reply.answer:
        yield f"The next question in the thread got {later.reply.failure or later.reply.summary}"
        return
    asked = [prompt for prompt in conversation.prompts if later.question in prompt]
    # What a live model was asked is not seen.
    if conversation.prompts and not any(conversation.alice.question in each for each in asked):
        yield "The next question reached the model without what was said before."
