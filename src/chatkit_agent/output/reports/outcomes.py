"""Outcomes: what became of each proof, in the words of every report."""

from __future__ import annotations

from typing import Literal

from chatkit_agent.output.documents import CheckPart, VerifyDocument

Outcome = Literal["passed", "failed", "unproved", "left out"]


def outcome_of(check: CheckPart) -> Outcome:
    if check.ok:
        return "left out" if check.findings else "passed"
    return "failed" if any(each.severity == "error" for each in check.findings) else "unproved"


def summary(document: VerifyDocument) -> str:
    outcomes = [outcome_of(check) for check in document.checks]
    if not outcomes:
        return "The chat could not be proved."
    judged = len(outcomes) - outcomes.count("left out")
    told = [f"{outcomes.count('passed')} of {judged} proofs passed"]
    told += [f"{outcomes.count('failed')} failed"] if "failed" in outcomes else []
    told += [f"{outcomes.count('unproved')} with warnings"] if "unproved" in outcomes else []
    return f"{', '.join(told)}."
