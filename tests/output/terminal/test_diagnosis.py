"""What the doctor found: numbered, what answers the person first, and what is left to be seen."""

from __future__ import annotations

from typing import Any

import pytest

from chatkit_agent.checks.check import Kind
from chatkit_agent.checks.rules import CHECKS
from chatkit_agent.output.documents import (
    DiagnosedPart,
    DoctorDocument,
    FixesPart,
    RuleDocument,
)
from chatkit_agent.output.documents.plan import BlockedPart, ChangePart
from chatkit_agent.output.terminal.diagnosis import NEEDS, diagnosis, fixes, rules
from tests.output.terminal.conftest import text


def found(what: str, **more: Any) -> DiagnosedPart:
    plain = {"where": "a.py:3", "evidence": "e", "fix": "f", "severity": "error", "edit": None}
    named = {"code": "CK101", "check": "x", "title": "t", "explains": (), "is_answer": False}
    return DiagnosedPart(**{**plain, **named, "what": what, **more})


def shown(*findings: DiagnosedPart, **more: Any) -> str:
    plain = {"healthy": False, "outcome": "failed", "passed": ("a", "b"), "symptoms": ()}
    document = DoctorDocument(
        **{**plain, "looked_at": (), "notes": (), "findings": findings, **more}
    )
    return text(diagnosis(document), width=100)


@pytest.mark.parametrize(
    ("count", "more", "last"),
    [
        (0, {"healthy": True, "outcome": "passed"}, "2 checks passed."),
        (1, {"healthy": True, "outcome": "passed"}, "2 checks passed, with 1 info."),
        (2, {"healthy": True, "outcome": "passed"}, "2 checks passed, with 2 infos."),
        (1, {}, "1 finding, 2 checks passed."),
        (2, {}, "2 findings, 2 checks passed."),
        (
            0,
            {"outcome": "inconclusive", "passed": ()},
            "Inconclusive: nothing was checked.",
        ),
        (
            1,
            {"outcome": "inconclusive"},
            "Inconclusive: 2 checks passed, and not everything was seen.",
        ),
    ],
)
def test_it_ends_with_its_sum(count: int, more: dict[str, Any], last: str) -> None:
    findings = [found("w") for _ in range(count)]
    assert shown(*findings, **more).rstrip().splitlines()[-1] == last


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"severity": "inconclusive"}, "1. open  CK101  w"),
        ({"severity": "warning"}, "1. warning  CK101  w"),
        ({}, "where     a.py:3"),
        ({"edit": "fix_it"}, "edit      `fix_it`, with --fix"),
        ({"command": "do it"}, "command   do it"),
        ({"more": ("one", "two")}, "also      two"),
        ({"more": tuple("abcdef")}, "          and 2 more places"),
    ],
)
def test_all_that_is_known_of_a_finding(more: dict[str, Any], line: str) -> None:
    assert line in shown(found("w", **more))


@pytest.mark.parametrize(
    ("findings", "more", "order"),
    [
        (("w1", "w2"), {}, ("w1", "w2")),
        (("w1!", "w2"), {}, ("w1", "What was found besides:", "w2")),
        (("w1!", "w2!"), {}, ("w1", "w2")),
        (
            ("w1", "w2"),
            {"unexplained": "Nothing explains it."},
            ("Nothing explains it.", "What was found besides:", "w1", "w2"),
        ),
    ],
)
def test_what_answers_the_person_is_told_from_the_rest(
    findings: tuple[str, ...], more: dict[str, Any], order: tuple[str, ...]
) -> None:
    parts = [found(each.rstrip("!"), is_answer=each.endswith("!")) for each in findings]
    told = shown(*parts, **more)
    places = [told.index(each) for each in order]
    assert places == sorted(places)
    assert told.count("besides") == order.count("What was found besides:")


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"notes": ("n",)}, "note: n"),
        ({"unsettled": ("u",)}, "not seen: u"),
        ({"looked_at": ("3 source files", ".env")}, "Looked at 3 source files; .env."),
    ],
)
def test_what_else_is_said(more: dict[str, Any], line: str) -> None:
    assert line in shown(**more)


FIXES = FixesPart(
    plan_id="p1",
    edits=("fix_it",),
    changes=(ChangePart(path="a.py", action="modify"),),
    diff="--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-one\n+two\n",
    manual_steps=(BlockedPart(edit="mount", reason="Two apps.", snippet="x = 1"),),
    applied=False,
)


def test_fixes_are_shown_and_then_told() -> None:
    lines = [line.rstrip() for line in text(fixes(FIXES)).splitlines()]
    assert lines[1] == "Plan p1"
    assert "+two" in lines
    assert lines[-2:] == ["By hand, mount: Two apps.", "  x = 1"]
    assert "Fixed" not in shown(fixes=FIXES)
    applied = FIXES.model_copy(update={"applied": True})
    assert "Fixed: a.py. `chatkit-agent undo` takes it back." in shown(fixes=applied)


def test_every_kind_of_evidence_has_words() -> None:
    kinds: set[Kind] = {kind for each in CHECKS for kind in each.kinds}
    assert kinds == set(NEEDS)


def test_few_rules_are_shown_whole_and_many_as_a_list() -> None:
    ordered = sorted(CHECKS, key=lambda each: each.code)
    one = text(rules(RuleDocument.of(ordered[:1])), width=200)
    check = ordered[0]
    assert one.startswith(f"{check.code}  {check.title}\n")
    assert check.about.partition("\n")[0][:60] in one
    assert f"# chatkit: ignore[{check.code}] on the line" in one
    many = text(rules(RuleDocument.of(ordered)), width=200).splitlines()
    assert [line.split()[0] for line in many] == [each.code for each in ordered]


def test_what_is_only_seen_has_no_line_to_accept_it_on() -> None:
    (seen,) = (each for each in CHECKS if each.name == "turns_exclusive")
    shown_rule = text(rules(RuleDocument.of([seen])), width=200)
    assert "chatkit: ignore" not in shown_rule
    assert f"--ignore {seen.code}" in shown_rule
