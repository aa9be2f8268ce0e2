"""The application starts where its database, model and tools are there."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import BOOT, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.evidence.static import Evidence


@check(
    "CK802",
    "The application starts where its database, model and tools are there",
    needs=BOOT,
    symptoms=("does_not_start", "server_error"),
)
def application_starts(evidence: Evidence) -> Iterator[Finding]:
    """The application starts where its database, model and tools are there. Only with `doctor
    --boot`, which starts a copy of it with the sandbox's own; its last words are told where it
    does not.
    """
    trial = evidence.trial
    if trial is not None and trial.error is not None:
        yield Finding(
            what="The application does not start.",
            where="the application in the sandbox",
            evidence=f"It failed {trial.error}",
            fix="Mend what the error names. Where it asks for a variable that only your machine "
            "has, put that into the environment file.",
            cause="does not start",
            is_sign=True,
        )
