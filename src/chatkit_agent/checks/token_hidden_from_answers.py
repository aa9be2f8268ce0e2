"""No event, answer or error holds a person's token or the model's key."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.evidence.run import Evidence, Person
from chatkit_agent.findings import Finding, unproved

WHAT = "the token stays out of answers"
FIX = "Say errors in your own words; never pass on an exception, a header or a setting."


def token_hidden_from_answers(evidence: Evidence) -> Iterator[Finding]:
    if evidence.conversation is None:
        yield unproved(WHAT, f"{evidence.unseen}")
        return
    secrets = {f"{who.id}'s token": who.token for who in _people(evidence)}
    if evidence.model_key:
        secrets["The model's key"] = evidence.model_key
    for whose, secret in secrets.items():
        found = [reply for reply in evidence.replies if secret in reply.everything]
        if found:
            yield Finding(
                what=f"{whose} was in {len(found)} of {len(evidence.replies)} answers.",
                where=f"POST {evidence.path}",
                evidence=_around(found[0].everything, secret),
                fix=FIX,
            )


def _around(text: str, secret: str) -> str:
    """What stands before and after the secret, without it."""
    before, _, after = text.partition(secret)
    return f"{before[-120:]}[the secret]{after[:60]}".replace(secret, "[the secret]")


def _people(evidence: Evidence) -> Iterator[Person]:
    assert evidence.conversation is not None
    yield evidence.conversation.alice.person
    if evidence.conversation.neighbour:
        yield evidence.conversation.neighbour.turn.person
