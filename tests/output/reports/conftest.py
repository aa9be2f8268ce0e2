"""The document of a verification with each outcome, and with words that are markup elsewhere."""

from __future__ import annotations

import pytest

from chatkit_agent.output.documents import CheckPart, FindingPart, SpanPart, VerifyDocument

HOSTILE = "<script>alert(1)</script> & \"'| `a<b` *not bold* \x00\x1b[31m \ud800"

OUTCOMES = {"error": "failed", "inconclusive": "inconclusive"}


def check(name: str, *severities: str, text: str = "it broke") -> CheckPart:
    findings = tuple(
        FindingPart(what=text, where=text, evidence=text, fix=text, severity=each, edit=None)
        for each in severities
    )
    ok = all(each == "info" for each in severities)
    outcome = next((OUTCOMES[each] for each in OUTCOMES if each in severities), "passed")
    title = f"Title of {name}"
    return CheckPart(
        code="CK501", name=name, title=title, ok=ok, outcome=outcome, findings=findings
    )


@pytest.fixture
def document() -> VerifyDocument:
    return VerifyDocument(
        ok=False,
        outcome="failed",
        checks=(
            check("streams"),
            check("boots", "error", text=HOSTILE),
            check("isolated", "warning"),
            check("restart", "inconclusive"),
            check("health", "info"),
        ),
        notes=(f"Ran on {HOSTILE}",),
        timeline=(
            SpanPart(lane="browser", what="first event", begin=0.1, end=0.1),
            SpanPart(lane="browser", what="the answer", begin=0.2, end=1.0),
            SpanPart(lane="model", what="a request", begin=0.15, end=0.9),
            SpanPart(lane="tools", what=HOSTILE, begin=0.3, end=0.9),
        ),
    )
