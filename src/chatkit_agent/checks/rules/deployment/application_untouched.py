"""The application's own files are as they were."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import RUN, Finding, check, not_applicable
from chatkit_agent.evidence.run import Run


@check("CK803", needs=RUN)
def application_untouched(run: Run) -> Iterator[Finding]:
    """Of a chat beside the application only: everything that was written for it, by the record of
    what was applied, lies in its own folder.
    """
    if run.outside is None:
        yield not_applicable("There is no manifest that says what was written for the chat.")
        return
    for path in run.outside:
        yield Finding(
            what=f"`{path}` belongs to the application, and was changed for the chat beside it.",
            where=path,
            evidence="The record of what was added names it.",
            fix="Run `chatkit-agent undo` to get it back, and report this.",
        )
