"""A diagnosis as a document: each finding with its rule, and what became of all of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatkit_agent.checks.check import Finding, Severity
from chatkit_agent.checks.diagnosis import Diagnosed, Diagnosis
from chatkit_agent.checks.rules import CHECKS
from chatkit_agent.output.documents.diagnosis import DiagnosedPart, DoctorDocument
from chatkit_agent.sandbox.isolation import Isolation

(RULE,) = (each for each in CHECKS if each.name == "caller_verified")
FINDING = Finding(
    what="w",
    where="a.py:3",
    evidence="e",
    fix="f",
    severity="error",
    edit="fix_it",
    command="do it",
    cause="spoofed",
    explains=("leaks",),
    more=("b.py:4",),
)
EMPTY = Diagnosis(findings=(), passed=("a",), symptoms=("leaks",), looked_at=("x",), notes=("n",))


def test_a_finding_with_the_rule_that_found_it() -> None:
    part = DiagnosedPart.of(Diagnosed(RULE, FINDING, is_answer=True))
    assert part.model_dump() == {
        "what": "w",
        "where": "a.py:3",
        "evidence": "e",
        "fix": "f",
        "severity": "error",
        "edit": "fix_it",
        "command": "do it",
        "more": ("b.py:4",),
        "code": RULE.code,
        "check": "caller_verified",
        "title": RULE.title,
        "explains": ("leaks",),
        "is_answer": True,
    }


@pytest.mark.parametrize(
    ("severity", "outcome", "healthy"),
    [
        ("error", "failed", False),
        ("warning", "failed", False),
        ("inconclusive", "inconclusive", False),
        ("info", "passed", True),
    ],
)
def test_the_outcome_is_that_of_the_diagnosis(
    severity: Severity, outcome: str, healthy: bool
) -> None:
    found = (Diagnosed(RULE, replace(FINDING, severity=severity)),)
    document = DoctorDocument.of(replace(EMPTY, findings=found))
    assert (document.outcome, document.healthy) == (outcome, healthy)
    assert [each.code for each in document.findings] == [RULE.code]


def test_all_that_was_seen_is_told() -> None:
    seen = replace(EMPTY, unsettled=("u",), unexplained="x", isolation=Isolation())
    document = DoctorDocument.of(seen)
    told = ("passed", "symptoms", "looked_at", "notes", "unsettled", "unexplained")
    assert all(getattr(document, name) == getattr(seen, name) for name in told)
    assert document.isolation is not None
    assert document.fixes is None
    assert DoctorDocument.of(EMPTY).isolation is None
