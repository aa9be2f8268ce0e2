"""JUnit: XML that any reader takes, whose counts are those of its cases."""

from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring

import pytest

from chatkit_agent.output.documents import CheckPart, FindingPart, VerifyDocument
from chatkit_agent.output.reports.junit import as_junit


def check(name: str, outcome: str, severity: str = "", what: str = "x") -> CheckPart:
    one = FindingPart(what=what, where="w", evidence="e", fix="f", severity=severity, edit=None)
    found = (one,) if severity else ()
    ok = outcome == "passed"
    return CheckPart(code="CK1", name=name, title="t", ok=ok, outcome=outcome, findings=found)


def read(*checks: CheckPart, notes: tuple[str, ...] = ()) -> Element:
    document = VerifyDocument(ok=False, outcome="failed", checks=checks, notes=notes)
    return fromstring(as_junit(document))


ALL = (
    check("good", "passed"),
    check("warned", "passed", "warning"),
    check("away", "passed", "info"),
    check("bad", "failed", "error"),
    check("unseen", "inconclusive", "inconclusive"),
)


def test_each_check_is_a_case_with_its_outcome() -> None:
    cases = {
        case.attrib["name"]: [part.tag for part in case] for case in read(*ALL).iter("testcase")
    }
    assert cases == {
        "good": [],
        "warned": ["system-out"],
        "away": ["skipped"],
        "bad": ["failure"],
        "unseen": ["error"],
    }


def test_the_counts_are_those_of_the_cases() -> None:
    root = read(*ALL)
    for each in (root, root[0]):
        counts = [each.attrib[name] for name in ("tests", "failures", "errors")]
        assert counts == ["5", "1", "1"]
    assert root[0].attrib["skipped"] == "1"


def test_nothing_seen_is_no_success() -> None:
    root = read(notes=("The application did not start.",))
    assert (root.attrib["tests"], root.attrib["errors"]) == ("1", "1")
    assert "The application did not start." in "".join(root.itertext())


@pytest.mark.parametrize(
    ("outcome", "severities", "message"),
    [
        ("failed", ("warning", "inconclusive", "error"), "error"),
        ("inconclusive", ("info", "inconclusive"), "inconclusive"),
        ("passed", ("info",), "info"),
    ],
)
def test_the_message_is_what_decided(
    outcome: str, severities: tuple[str, ...], message: str
) -> None:
    found = [check("x", outcome, each, each).findings[0] for each in severities]
    case = next(
        read(check("x", outcome).model_copy(update={"findings": tuple(found)})).iter("testcase")
    )
    assert case[0].attrib["message"] == message


@pytest.mark.parametrize(
    "odd", ["\x00", "\x1b[0m", "\ud800", "\ufffe", "<b>&\"'", "]]>", "Café 商店 😀"]
)
def test_any_text_can_be_carried(odd: str) -> None:
    root = read(check("bad", "failed", "error", f"a{odd}b"))
    message = next(root.iter("failure")).attrib["message"]
    assert (message[0], message[-1]) == ("a", "b")
    if odd.isprintable():
        assert message == f"a{odd}b"
