"""A report ends with its sum, and nothing of it is cut off."""

from __future__ import annotations

from typing import Any

import pytest

from chatkit_agent.output.documents import CheckPart, FindingPart, VerifyDocument
from chatkit_agent.output.terminal.report import check_line, verification
from tests.output.terminal.conftest import text

OUTCOMES = {"error": "failed", "inconclusive": "inconclusive"}


def check(name: str, *severities: str) -> CheckPart:
    findings = tuple(
        FindingPart(what="w", where="x", evidence="e", fix="f", severity=each, edit=None)
        for each in severities
    )
    ok = all(each == "info" for each in severities)
    outcome = next((OUTCOMES[each] for each in OUTCOMES if each in severities), "passed")
    title = f"Title of {name}"
    return CheckPart(
        code="CK501", name=name, title=title, ok=ok, outcome=outcome, findings=findings
    )


def report(*checks: CheckPart) -> VerifyDocument:
    outcomes = {each.outcome for each in checks}
    outcome = next(each for each in ("failed", "inconclusive", "passed") if each in outcomes)
    return VerifyDocument(ok=outcome == "passed", outcome=outcome, checks=checks, notes=())


@pytest.mark.parametrize(
    ("checks", "last"),
    [
        ([check("a"), check("b")], "2 of 2 checks passed."),
        ([check("a"), check("b", "warning")], "1 of 2 checks passed, 1 with warnings."),
        ([check("a"), check("b", "inconclusive")], "1 of 2 checks passed, 1 inconclusive."),
        ([check("a"), check("b", "info")], "1 of 1 checks passed."),
        ([check("a"), check("b", "warning", "error")], "1 of 2 checks passed, 1 failed."),
    ],
)
def test_a_report_ends_with_its_sum(checks: list[CheckPart], last: str) -> None:
    assert text(verification(report(*checks))).rstrip().endswith(last)


def test_a_long_title_hangs_under_itself() -> None:
    long = check("a").model_copy(update={"title": "words " * 20})
    lines = text(check_line(long), width=40).splitlines()
    assert len(lines) > 2
    assert all(line.startswith("      words") for line in lines[1:])


@pytest.mark.parametrize("width", [40, 80, 200])
def test_nothing_is_cut_off(width: int) -> None:
    finding: dict[str, Any] = {"what": "x" * 100, "where": "main.py", "evidence": "e", "fix": "f"}
    part = FindingPart(**finding, severity="error", edit=None)
    shown = text(
        verification(report(check("a").model_copy(update={"ok": False, "findings": (part,)}))),
        width,
    )
    assert shown.count("x") >= 100


def test_what_needs_somebody_stands_last() -> None:
    shown = text(verification(report(check("bad", "error"), check("good"))))
    assert shown.index("ok  Title of good") < shown.index("no  Title of bad")


@pytest.mark.parametrize(
    ("severity", "has_fix"), [("error", True), ("inconclusive", True), ("info", False)]
)
def test_a_fix_where_something_is_to_be_done(severity: str, has_fix: bool) -> None:
    assert ("fix" in text(verification(report(check("a", severity))))) is has_fix
