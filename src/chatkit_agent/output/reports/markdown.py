"""The report as Markdown, to be attached to a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.output.documents import CheckPart, FindingPart, SpanPart, VerifyDocument
from chatkit_agent.output.documents.outcomes import outcome_of, summary


def as_markdown(document: VerifyDocument) -> str:
    return "\n".join(_lines(document)).rstrip() + "\n"


def _lines(document: VerifyDocument) -> Iterator[str]:
    yield from ("# Checks of the chat", "", f"**{summary(document)}**", "")
    yield from ("| check | outcome |", "|---|---|")
    for check in document.checks:
        yield f"| {_cell(check.title)} | {outcome_of(check)} |"
    yield ""
    for check in document.checks:
        yield from _findings(check)
    if document.timeline:
        yield from _timeline(document.timeline)
    if document.notes:
        yield from ("## Notes", "", *(f"- {_plain(note)}" for note in document.notes))


def _findings(check: CheckPart) -> Iterator[str]:
    if check.findings:
        yield from (f"## {_plain(check.title)}", "")
    for finding in check.findings:
        yield from _finding(finding)


def _finding(finding: FindingPart) -> Iterator[str]:
    yield f"**{_plain(finding.what)}**"
    for name in ("where", "evidence", "fix", "command"):
        if text := getattr(finding, name):
            yield f"- {name}: {_plain(text)}"
    yield ""


def _timeline(spans: tuple[SpanPart, ...]) -> Iterator[str]:
    yield from ("## The first turn", "", "| seconds | where | what |", "|---|---|---|")
    for span in sorted(spans, key=lambda each: (each.begin, each.end)):
        until = f" to {span.end:.2f}" if span.end > span.begin else ""
        yield f"| {span.begin:.2f}{until} | {span.lane} | {_cell(span.what)} |"
    yield ""


def _cell(text: str) -> str:
    return _plain(text).replace("|", "\\|")


def _plain(text: str) -> str:
    """One line in which nothing is markup but code in backticks."""
    parts = re.split(r"(`[^`]*`)", " ".join(text.split()))
    return "".join(part if part.startswith("`") else _escape(part) for part in parts)


def _escape(text: str) -> str:
    return re.sub(r"([\\*_\[\]<>#~])", r"\\\1", text)
