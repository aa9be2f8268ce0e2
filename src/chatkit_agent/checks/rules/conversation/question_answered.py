"""A question is answered where the chat's database, model and tools are there."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import BOOT, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.evidence.symptoms import Symptom, symptoms_in

SEEN: tuple[Symptom, ...] = ("unavailable", "stream_error", "silent", "server_error")


@check(
    "CK007",
    "A question is answered where the chat's database, model and tools are there",
    needs=BOOT,
)
def question_answered(evidence: Evidence) -> Iterator[Finding]:
    """A question is answered where the chat's database, model and tools are there. What the
    person is told else is the evidence of whatever the log explains.
    """
    trial = evidence.trial
    if trial is None or trial.error is not None or trial.is_answered:
        return
    if trial.is_stranger or trial.lacks_tables or trial.closed:
        return
    got_far = "The model was asked." if trial.asked_model else "The model was never asked."
    yield Finding(
        what="A question gets no answer, although database, model and tools are there.",
        where=f"POST {trial.path} in the sandbox",
        evidence=f"The person was told: {trial.answer[:300]} {got_far}",
        fix="Look for what the application logged meanwhile; the chat may read its settings under "
        "other names than those that are set.",
        explains=tuple(symptoms_in(trial.answer)) + SEEN,
        is_sign=True,
    )
