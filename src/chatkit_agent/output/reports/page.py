"""The report as one HTML page that needs nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from string import Template

from chatkit_agent.output.documents import CheckPart, FindingPart, SpanPart, VerifyDocument
from chatkit_agent.output.documents.outcomes import outcome_of, summary

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


LANES = ("browser", "model", "tools")
WIDTH, LEFT, RIGHT, ROW, TOP = 760, 76, 16, 46, 14
POINT = 3.0
TICKS = 5


def drawn(spans: Sequence[SpanPart]) -> str:
    """An inline SVG; empty where nothing is known."""
    if not spans:
        return ""
    whole = max(each.end for each in spans) or 1.0
    height = TOP + ROW * len(LANES) + 26
    parts = [*_axis(whole, height), *_lanes()]
    for span in spans:
        parts += _span(span, whole)
    label = f"The first turn took {whole:.2f} seconds"
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">'
        f"{''.join(parts)}</svg>"
    )


def _axis(whole: float, height: int) -> Iterator[str]:
    for number in range(TICKS + 1):
        seconds = whole * number / TICKS
        x = _x(seconds, whole)
        anchor = "end" if number == TICKS else "middle"
        yield f'<line class="tick" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{height - 24}"/>'
        yield f'<text class="axis" x="{x:.1f}" y="{height - 8}" text-anchor="{anchor}">'
        yield f"{seconds:.2f} s</text>"


def _lanes() -> Iterator[str]:
    for number, lane in enumerate(LANES):
        y = TOP + ROW * number + ROW / 2
        yield f'<text class="lane" x="0" y="{y + 4:.0f}">{lane}</text>'


def _span(span: SpanPart, whole: float) -> Iterator[str]:
    y = TOP + ROW * LANES.index(span.lane) + 9 if span.lane in LANES else TOP
    begin, end = _x(span.begin, whole), _x(span.end, whole)
    width = max(end - begin, POINT)
    until = f" to {span.end:.2f} s" if span.end > span.begin else " s"
    title = escape(f"{span.what}: {span.begin:.2f}{until}")
    box = f'x="{begin:.1f}" y="{y}" width="{width:.1f}" height="28" rx="2"'
    yield f'<rect class="{escape(span.lane)}" {box}><title>{title}</title></rect>'
    if width > 7 * len(span.what):
        yield f'<text class="inside" x="{begin + 6:.1f}" y="{y + 18}">{escape(span.what)}</text>'


def _x(seconds: float, whole: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * seconds / whole
