"""The report as JUnit XML, which continuous integration reads."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from chatkit_agent.output.documents import CheckPart, FindingPart, VerifyDocument
from chatkit_agent.output.documents.outcomes import outcome_of, summary

# XML 1.0 cannot carry these, not even escaped.
UNWRITABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
SUITE = "chatkit-agent verify"
DECIDING = {"failed": "error", "inconclusive": "inconclusive"}
"""The severity of what makes an outcome."""


def as_junit(document: VerifyDocument) -> str:
    """What failed is a failure, what is inconclusive an error, what does not apply is skipped."""
    checks = document.checks or (_nothing_seen(document),)
    outcomes = [outcome_of(check) for check in checks]
    skipped = outcomes.count("not applicable")
    counts = {
        "tests": str(len(checks)),
        "failures": str(outcomes.count("failed")),
        "errors": str(outcomes.count("inconclusive")),
    }
    root = Element("testsuites", {"name": SUITE, **counts})
    suite = SubElement(root, "testsuite", {"name": SUITE, **counts, "skipped": str(skipped)})
    for check in checks:
        _case(suite, check)
    SubElement(suite, "system-out").text = _clean("\n".join((summary(document), *document.notes)))
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: Element, check: CheckPart) -> None:
    named = {"classname": "chatkit_agent.verify", "name": check.name}
    case = SubElement(suite, "testcase", named)
    outcome = outcome_of(check)
    if outcome == "passed":
        return
    decided = (each for each in check.findings if each.severity == DECIDING.get(outcome))
    told = {"message": _clean(next(decided, check.findings[0]).what)}
    text = _clean("\n\n".join(map(_words_of, check.findings)))
    if outcome in ("failed", "inconclusive"):
        kind, name = ("failure", check.name) if outcome == "failed" else ("error", outcome)
        SubElement(case, kind, {**told, "type": name}).text = text
    elif outcome == "warned":
        SubElement(case, "system-out").text = text
    else:
        SubElement(case, "skipped", told)


def _words_of(finding: FindingPart) -> str:
    names = ("what", "where", "evidence", "fix")
    return "\n".join(f"{name}: {getattr(finding, name)}" for name in names)


def _nothing_seen(document: VerifyDocument) -> CheckPart:
    finding = FindingPart(
        what="Nothing could be checked.",
        where="the verification",
        evidence=" ".join(document.notes) or "Nothing was seen.",
        fix="Fix what is named here, then run `chatkit-agent verify` again.",
        severity="inconclusive",
        edit=None,
    )
    return CheckPart(
        code="",
        name="verify",
        title=finding.what,
        ok=False,
        outcome="inconclusive",
        findings=(finding,),
    )


def _clean(text: str) -> str:
    return UNWRITABLE.sub("\ufffd", text)
