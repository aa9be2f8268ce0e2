"""The application boots."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.evidence.run import Evidence
from chatkit_agent.findings import Finding


def app_boots(evidence: Evidence) -> Iterator[Finding]:
    if evidence.after.ok:
        return
    before = evidence.before
    error = f"The application did not boot {evidence.after.error}"
    if before is not None and before.ok:
        yield Finding(
            what="The application booted before the chat was added, and no longer does.",
            where="the application",
            evidence=error,
            fix="Run `chatkit-agent undo` to go back, or mend what the error names.",
        )
        return
    if evidence.mounting == "sidecar":
        yield Finding(
            what="The application was not seen to boot; the chat beside it runs without it.",
            where="the application",
            evidence=error,
            fix="Give what it needs with --env-file FILE or --python PATH, and verify again.",
            severity="warning",
        )
        return
    known = "could not boot before the chat was added either" if before else "does not boot"
    yield Finding(
        what=f"The application {known}, so the chat was proved mounted alone.",
        where="the application",
        evidence=error,
        fix="Give what it needs to start with --env-file FILE or --python PATH, and verify again.",
        severity="warning" if before else "error",
    )
