"""`add`: the reason that it gives for a service beside the application."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from chatkit_agent.frontends.cli.integrating import could_be_a_sidecar, why_beside
from chatkit_agent.options.options import RequestedOptions
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


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, True),
        ({"mode": "in-process"}, False),
        ({"auth": "jwt"}, True),
        ({"auth": "existing"}, False),
        ({"current_user": "app.deps:signed_in"}, False),
    ],
)
def test_only_what_may_be_beside_is_tried_there(asked: dict[str, Any], expected: bool) -> None:
    options = SimpleNamespace(mode="in-process")
    document = AddDocument.model_construct(verification=object(), applied=False, options=options)
    assert could_be_a_sidecar(document, RequestedOptions(**asked)) == expected
