"""The application's own files are as they were."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.evidence.run import Evidence
from chatkit_agent.findings import Finding, unproved

WHAT = "the application's files are as they were"


def application_untouched(evidence: Evidence) -> Iterator[Finding]:
    if evidence.outside is None:
        why = "there is no record of what was written for the chat."
        yield unproved(WHAT, why, "warning")
        return
    for path in evidence.outside:
        yield Finding(
            what=f"`{path}` belongs to the application, and was changed for the chat beside it.",
            where=path,
            evidence="The record of what was added names it.",
            fix="Run `chatkit-agent undo` to get it back, and report this.",
        )
