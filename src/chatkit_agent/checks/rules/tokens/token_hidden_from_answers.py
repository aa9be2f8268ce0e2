"""No event, answer or error holds a person's token or the model's key."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import RUN, Finding, check, inconclusive
from chatkit_agent.evidence.run import Person, Run

WHAT = "the token stays out of answers"
FIX = "Say errors in your own words; never pass on an exception, a header or a setting."


@check("CK308", needs=RUN)
def token_hidden_from_answers(run: Run) -> Iterator[Finding]:
    """Both are random for each run, and whatever anybody was answered is searched for them."""
    if run.conversation is None:
        yield inconclusive(WHAT, f"{run.unseen}")
        return
    secrets = {f"{who.id}'s token": who.token for who in _people(run)}
    if run.model_key:
        secrets["The model's key"] = run.model_key
    for whose, secret in secrets.items():
        found = [reply for reply in run.replies if secret in reply.everything]
        if found:
            yield Finding(
                what=f"{whose} was in {len(found)} of {len(run.replies)} answers.",
                where=f"POST {run.path}",
                evidence=_around(found[0].everything, secret),
                fix=FIX,
            )


def _around(text: str, secret: str) -> str:
    """What stands before and after the secret, without it."""
    before, _, after = text.partition(secret)
    return f"{before[-120:]}[the secret]{after[:60]}".replace(secret, "[the secret]")


def _people(run: Run) -> Iterator[Person]:
    assert run.conversation is not None
    yield run.conversation.alice.person
    if run.conversation.second_user:
        yield run.conversation.second_user.turn.person
