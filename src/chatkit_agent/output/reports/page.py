"""The report as one HTML page that needs nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from importlib.resources import files
from string import Template

from chatkit_agent.output.documents import CheckPart, FindingPart, VerifyDocument
from chatkit_agent.output.documents.outcomes import outcome_of, summary
from chatkit_agent.output.reports.drawing import drawn

TONES = {"passed": "good", "failed": "bad", "inconclusive": "open"}


def as_page(document: VerifyDocument) -> str:
    template = (
        files("chatkit_agent.output.reports").joinpath("page.html").read_text(encoding="utf-8")
    )
    return Template(template).substitute(
        tone=TONES[document.outcome],
        summary=escape(summary(document)),
        timeline=_timeline(document),
        checks="\n".join(map(_check, document.checks)),
        notes=_notes(document),
    )


def _timeline(document: VerifyDocument) -> str:
    drawing = drawn(document.timeline)
    return f'<h2>The first turn</h2>\n<div class="drawing">{drawing}</div>' if drawing else ""


def _check(check: CheckPart) -> str:
    outcome = outcome_of(check)
    name = outcome.replace(" ", "-")
    findings = "".join(map(_finding, check.findings))
    return (
        f'<li><div class="check"><span class="outcome {name}">{outcome}</span>'
        f"<span>{_text(check.title)}</span></div>{findings}</li>"
    )


def _finding(finding: FindingPart) -> str:
    rows = "".join(f"<dt>{name}</dt><dd>{_text(text)}</dd>" for name, text in _rows(finding))
    return f'<div class="finding"><p>{_text(finding.what)}</p><dl>{rows}</dl></div>'


def _rows(finding: FindingPart) -> Iterator[tuple[str, str]]:
    for name in ("where", "evidence", "fix", "command"):
        if text := getattr(finding, name):
            yield name, text


def _notes(document: VerifyDocument) -> str:
    if not document.notes:
        return ""
    notes = "".join(f"<li>{_text(note)}</li>" for note in document.notes)
    return f'<h2>Notes</h2>\n<ul class="notes">{notes}</ul>'


def _text(text: str) -> str:
    """Escaped, with code in backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
