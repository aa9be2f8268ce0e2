"""The chat's files are in the repository, and so in what is deployed from it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence


@check("CK806", needs=PROJECT, severity="warning", symptoms=("does_not_start", "unavailable"))
def files_in_repository(evidence: Evidence) -> Iterator[Finding]:
    """The chat's files are in the repository: git neither ignores its modules nor the SQL that
    makes its tables, as `*.sql` in a `.gitignore` does.
    """
    left_out, files = evidence.left_out, evidence.chat.code.files
    if left_out and not set(files) <= set(left_out):  # or the folder itself is ignored
        more = f" and {len(left_out) - 1} more" if len(left_out) > 1 else ""
        yield Finding(
            what="A deploy from the repository lacks files of the chat: git ignores them.",
            where=left_out[0],
            evidence=f"`git check-ignore` names `{left_out[0]}`{more}, and git does not have it.",
            fix=f"`git add --force {shlex.join(left_out[:5])}`, or except them in `.gitignore`.",
            cause="ignored files",
        )
