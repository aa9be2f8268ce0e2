"""Outcomes: what became of each check, in the words of every report."""

from __future__ import annotations

from typing import Literal

from chatkit_agent.output.documents.report import CheckPart, VerifyDocument

Outcome = Literal["passed", "failed", "inconclusive", "warned", "not applicable"]


def outcome_of(check: CheckPart) -> Outcome:
    if check.outcome == "failed":
        return "failed"
    if check.outcome == "inconclusive":
        return "inconclusive"
    severities = {each.severity for each in check.findings}
    if "warning" in severities:
        return "warned"
    return "not applicable" if severities else "passed"


def summary(document: VerifyDocument) -> str:
    outcomes = [outcome_of(check) for check in document.checks]
    if not outcomes:
        return "Inconclusive: nothing could be checked."
    judged = len(outcomes) - outcomes.count("not applicable")
    told = [f"{outcomes.count('passed')} of {judged} checks passed"]
    told += [f"{outcomes.count('failed')} failed"] if "failed" in outcomes else []
    told += [f"{unseen} inconclusive"] if (unseen := outcomes.count("inconclusive")) else []
    told += [f"{outcomes.count('warned')} with warnings"] if "warned" in outcomes else []
    return f"{', '.join(told)}."
