"""`add`: the reason that it gives for a service beside the application."""

from __future__ import annotations

import pytest

from chatkit_agent.frontends.cli.integrating import why_beside
from chatkit_agent.output.documents import AddDocument
from chatkit_agent.output.documents.report import CheckPart, FindingPart, VerifyDocument


def check(name: str, outcome: str, *severities: str) -> CheckPart:
    findings = tuple(
        FindingPart(
            what=f"{name} is {severity}.",
            where="the verification",
            evidence=f"{name} said so.",
            fix="Fix it.",
            severity=severity,
            edit=None,
        )
        for severity in severities
    )
    ok = outcome == "passed"
    return CheckPart(code="CK1", name=name, title=name, ok=ok, outcome=outcome, findings=findings)


def told(*checks: CheckPart) -> str:
    verified = VerifyDocument(ok=False, outcome="failed", checks=checks, notes=())
    return why_beside(AddDocument.model_construct(verification=verified))


UNSEEN = check("boots", "inconclusive", "inconclusive")
WARNED = check("warned", "passed", "warning")
FAILED = check("lists", "failed", "warning", "error")


@pytest.mark.parametrize(
    "checks", [(FAILED,), (UNSEEN, FAILED), (WARNED, UNSEEN, FAILED), (FAILED, UNSEEN)]
)
def test_the_error_that_decided_is_named(checks: tuple[CheckPart, ...]) -> None:
    expected = "Inside the application it could not be checked: lists is error. lists said so."
    assert told(*checks) == expected


def test_where_no_check_failed_that_is_said() -> None:
    assert told(UNSEEN, WARNED).endswith("checked: no check says why.")
