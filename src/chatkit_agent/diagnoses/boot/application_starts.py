"""The application starts where its database, model and tools are there."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.evidence.static import Observations
from chatkit_agent.findings import Finding


def application_starts(observations: Observations) -> Iterator[Finding]:
    trial = observations.trial
    if trial is not None and trial.error is not None:
        yield Finding(
            what="The application does not start.",
            where="the application in the sandbox",
            evidence=f"It failed {trial.error}",
            fix="Mend what the error names. Where it asks for a variable that only your machine "
            "has, put that into the environment file.",
            cause="does not start",
            explains=("does_not_start", "server_error"),
            is_sign=True,
        )
