"""Every `# chatkit: ignore` accepts a finding."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence


@check("CK714", needs=PROJECT, severity="info")
def ignores_used(evidence: Evidence) -> Iterator[Finding]:
    """A `# chatkit: ignore[CK203]` that is left behind would hide the next fault on its line.
    Told where the checks that it names were made, and found nothing there.
    """
    for each in evidence.unused_ignores:
        codes = f"[{', '.join(each.codes)}]" if each.codes else ""
        yield Finding(
            what=f"`# chatkit: ignore{codes}` accepts nothing.",
            where=each.where,
            evidence="Nothing that it is for was found on this line.",
            fix="Remove the comment.",
        )
