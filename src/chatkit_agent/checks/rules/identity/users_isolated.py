"""Another user gets 404 for a thread that is not theirs, and does not see it in the list."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import RUN, Finding, Severity, check, inconclusive, not_applicable
from chatkit_agent.evidence.run import Run, SecondUser, Turn
from chatkit_agent.evidence.run.door import explained, obstacle

SIGN_IN = "To sign people in: add the chat with `--auth jwt` or `--auth existing`."
WHAT = "users are isolated from each other"
FIX = "Name the user, from the verified token, in every query of the store."


@check("CK111", needs=RUN)
def users_isolated(run: Run) -> Iterator[Finding]:
    """Bob reads it, lists its items, writes to it and deletes it."""
    if run.auth == "none":
        yield not_applicable(f"With `--auth none` everybody is the same user. {SIGN_IN}")
        return
    conversation = run.conversation
    if conversation is None or conversation.second_user is None:
        yield inconclusive(WHAT, run.unseen or "the first question made no thread.")
        return
    second_user, restart = conversation.second_user, conversation.restart
    if restart is not None and restart.items.status != 200:
        yield inconclusive(WHAT, "the thread to look for was already gone.")
        return
    if second_user.turn.reply.thread is None:
        yield inconclusive(WHAT, f"the second user got {second_user.turn.reply.summary}")
        return
    for what, seen in _list_problems(second_user, conversation.alice):
        yield Finding(what=what, where=f"POST {run.path}", evidence=seen, fix=FIX)
    for what, seen, severity in _attempt_problems(second_user, conversation.alice):
        where = f"POST {run.path}"
        yield Finding(what=what, where=where, evidence=seen, fix=FIX, severity=severity)
    yield from _loss(second_user, conversation.alice)


def _list_problems(second_user: SecondUser, alice: Turn) -> Iterator[tuple[str, str]]:
    threads = second_user.threads
    if threads.status != 200:
        yield "A user cannot list their threads.", threads.summary
    elif alice.reply.thread and alice.reply.thread in threads.body:
        yield "A user sees another user's thread in the list.", threads.summary


def _attempt_problems(second_user: SecondUser, alice: Turn) -> Iterator[tuple[str, str, Severity]]:
    for attempt in second_user.attempts:
        status, seen = attempt.reply.status, attempt.reply.everything
        is_served = status is not None and 200 <= status < 300
        if is_served and (str(alice.reply.thread) in seen or alice.question in seen):
            yield f"A user could {attempt.what} of another user.", attempt.reply.told, "error"
        elif (kind := obstacle(attempt.reply)) is not None:
            what = f"It was not seen that a user cannot {attempt.what} of another user."
            yield what, explained(kind, attempt.reply), "inconclusive"
        elif status != 404:
            what = f"A user who tried to {attempt.what} of another user did not get 404."
            # An empty answer, or an error event, gives nothing away.
            yield what, attempt.reply.told, "warning" if is_served else "error"


def _loss(second_user: SecondUser, alice: Turn) -> Iterator[Finding]:
    items = second_user.items_for_alice
    if items.status != 200:
        # Why it cannot be read is not seen: nobody is accused of it.
        yield inconclusive(WHAT, f"afterwards the thread could not be read: {items.summary}")
    elif alice.question not in items.body:
        yield Finding(
            what="After another user's attempts the owner's message is gone from the thread.",
            where="the chat's tables",
            evidence=f"Afterwards its owner got {items.summary}",
            fix=FIX,
        )
