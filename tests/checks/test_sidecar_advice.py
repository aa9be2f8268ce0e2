"""Hosting: what decides for a service beside the application, and the reason that is given."""

from __future__ import annotations

from typing import Any

import pytest

from chatkit_agent.checks.check import Finding, Severity
from chatkit_agent.checks.required import REQUIRED
from chatkit_agent.checks.sidecar_advice import (
    OF_THE_CHAT,
    is_of_the_host,
    may_be_beside,
    why_beside,
)
from chatkit_agent.checks.verification import CheckResult
from chatkit_agent.options.options import RequestedOptions


def check(name: str, *severities: Severity) -> CheckResult:
    findings = tuple(
        Finding(
            what=f"{name} is {severity}.",
            where="the verification",
            evidence=f"{name} said so.",
            fix="Fix it.",
            severity=severity,
        )
        for severity in severities
    )
    return CheckResult("CK1", name, name, not findings, findings)


UNSEEN = check("boots", "inconclusive")
WARNED = check("warned", "warning")
FAILED = check("lists", "warning", "error")


@pytest.mark.parametrize(
    "checks", [(FAILED,), (UNSEEN, FAILED), (WARNED, UNSEEN, FAILED), (FAILED, UNSEEN)]
)
def test_the_error_that_decided_is_named(checks: tuple[CheckResult, ...]) -> None:
    expected = "Inside the application it could not be checked: lists is error. lists said so."
    assert why_beside(checks) == expected


def test_where_no_check_failed_that_is_said() -> None:
    assert why_beside((UNSEEN,)).endswith("checked: no check says why.")


OWN = check("turns_exclusive", "error")
MOUNTED = check("route_mounted", "error")


@pytest.mark.parametrize(
    ("checks", "helps"),
    [((MOUNTED,), True), ((OWN, MOUNTED), True), ((OWN,), False), ((OWN, UNSEEN), False)],
)
def test_a_chat_beside_helps_where_the_application_has_a_part(
    checks: tuple[CheckResult, ...], helps: bool
) -> None:
    assert is_of_the_host(checks) is helps


def test_checks_of_the_chat_are_checks() -> None:
    assert {each.name for each in REQUIRED} > OF_THE_CHAT


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
    assert may_be_beside(RequestedOptions(**asked)) is expected
