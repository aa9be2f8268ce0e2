"""Finding: what is wrong, where, by which evidence, how to fix it, and how bad it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. `fix` is an instruction; `edit` names the edit that does it."""

    what: str
    where: str
    evidence: str
    fix: str
    severity: Severity = "error"
    edit: str | None = None


def unproved(
    what: str,
    why: str,
    severity: Severity = "error",
    fix: str = "Mend what is named here, then run `chatkit-agent verify` again.",
) -> Finding:
    """A check has no evidence to judge; it must say so and never pass in silence."""
    return Finding(
        what=f"It could not be proved that {what}.",
        where="the verification",
        evidence=f"Not seen, because {why}",
        fix=fix,
        severity=severity,
    )
