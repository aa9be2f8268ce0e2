"""Finding: what is wrong, where, by which evidence, how to fix it, and how bad it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from chatkit_agent.evidence.symptoms import Symptom

Severity = Literal["error", "inconclusive", "warning", "info"]
"""`inconclusive`: a check could not see what it has to judge, so it neither passed nor failed."""

Outcome = Literal["passed", "failed", "inconclusive"]

AS_DECLARED: Any = None
"""Filled in from the check's declaration before anybody reads it."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. `fix` is an instruction; `edit` names the edit that does it.

    Findings with the same `cause` are one: the first is told, the others are its evidence.
    """

    what: str
    where: str
    evidence: str
    fix: str
    severity: Severity = AS_DECLARED
    edit: str | None = None
    command: str | None = None
    """A command that fixes it, or shows more of it."""
    cause: str | None = None
    explains: tuple[Symptom, ...] = AS_DECLARED
    """What a person would see of it."""
    is_sign: bool = False
    """It says what was seen and not why, and is the evidence of whatever explains it."""
    more: tuple[str, ...] = ()
    """Where else the same was seen."""


def inconclusive(
    what: str,
    why: str,
    fix: str = "Fix what is named here, then run `chatkit-agent verify` again.",
) -> Finding:
    """A check has no evidence to judge; it must say so and never pass in silence.

    `fix` says what would settle it.
    """
    return Finding(
        what=f"It was not seen that {what}.",
        where="the verification",
        evidence=f"Not seen, because {why}",
        fix=fix,
        severity="inconclusive",
    )


def not_applicable(why: str) -> Finding:
    """A check has nothing to judge here, and nothing is wrong with that."""
    return Finding(
        what=why,
        where="the verification",
        evidence="There is nothing to check.",
        fix="Nothing has to be done.",
        severity="info",
    )


def outcome_of(findings: Iterable[Finding]) -> Outcome:
    """What became of a check that found these; a warning or an info does not fail it."""
    severities = {each.severity for each in findings}
    if "error" in severities:
        return "failed"
    return "inconclusive" if "inconclusive" in severities else "passed"
