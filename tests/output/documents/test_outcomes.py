"""What became of checks, in words that claim no more than was seen."""

from __future__ import annotations

import pytest

from chatkit_agent.output.documents import CheckPart, FindingPart, VerifyDocument
from chatkit_agent.output.documents.outcomes import outcome_of, summary


def check(outcome: str, *severities: str) -> CheckPart:
    findings = tuple(
        FindingPart(what="x", where="y", evidence="z", fix="f", severity=each, edit=None)
        for each in severities
    )
    ok = outcome == "passed"
    return CheckPart(code="CK1", name="n", title="t", ok=ok, outcome=outcome, findings=findings)


PASSED, WARNED, AWAY = check("passed"), check("passed", "warning"), check("passed", "info")
FAILED, UNSEEN = check("failed", "error"), check("inconclusive", "inconclusive")


@pytest.mark.parametrize(
    ("one", "outcome"),
    [
        (PASSED, "passed"),
        (WARNED, "warned"),
        (check("passed", "info", "warning"), "warned"),
        (AWAY, "not applicable"),
        (FAILED, "failed"),
        (check("failed", "error", "warning"), "failed"),
        (UNSEEN, "inconclusive"),
        (check("inconclusive", "warning"), "inconclusive"),
    ],
)
def test_the_outcome_of_a_check(one: CheckPart, outcome: str) -> None:
    assert outcome_of(one) == outcome


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        ([], "Inconclusive: nothing could be checked."),
        ([PASSED, PASSED], "2 of 2 checks passed."),
        ([PASSED, AWAY], "1 of 1 checks passed."),
        ([PASSED, FAILED], "1 of 2 checks passed, 1 failed."),
        ([UNSEEN, UNSEEN], "0 of 2 checks passed, 2 inconclusive."),
        ([PASSED, WARNED], "1 of 2 checks passed, 1 with warnings."),
        (
            [PASSED, FAILED, UNSEEN, WARNED, AWAY],
            "1 of 4 checks passed, 1 failed, 1 inconclusive, 1 with warnings.",
        ),
    ],
)
def test_the_summary(checks: list[CheckPart], said: str) -> None:
    document = VerifyDocument(ok=False, outcome="failed", checks=tuple(checks), notes=())
    assert summary(document) == said
