"""The report as JUnit XML, which continuous integration reads."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from chatkit_agent.output.documents import CheckPart, FindingPart, VerifyDocument
from chatkit_agent.output.reports.outcomes import outcome_of, summary

# XML 1.0 cannot carry these, not even escaped.
UNWRITABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
SUITE = "chatkit-agent verify"


def as_junit(document: VerifyDocument) -> str:
    """A proof that failed is a failure; one that could not be seen, or is left out, is skipped."""
    checks = document.checks or (_unproved(document),)
    failures = sum(outcome_of(check) == "failed" for check in checks)
    skipped = sum(outcome_of(check) in ("left out", "unproved") for check in checks)
    counts = {"tests": str(len(checks)), "failures": str(failures), "errors": "0"}
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
    told = {"message": _clean(check.findings[0].what)}
    if outcome == "failed":
        broken = SubElement(case, "failure", {**told, "type": check.name})
        broken.text = _clean("\n\n".join(map(_told, check.findings)))
    else:
        SubElement(case, "skipped", told)


def _told(finding: FindingPart) -> str:
    names = ("what", "where", "evidence", "fix")
    return "\n".join(f"{name}: {getattr(finding, name)}" for name in names)


def _unproved(document: VerifyDocument) -> CheckPart:
    finding = FindingPart(
        what="The chat could not be proved.",
        where="the verification",
        evidence=" ".join(document.notes) or "Nothing was seen.",
        fix="Mend what is named here, then run `chatkit-agent verify` again.",
        severity="error",
        edit=None,
    )
    return CheckPart(name="verify", title=finding.what, ok=False, findings=(finding,))


def _clean(text: str) -> str:
    return UNWRITABLE.sub("\ufffd", text)
