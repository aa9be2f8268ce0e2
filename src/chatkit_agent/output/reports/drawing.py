"""The timeline of a turn as a drawing: a lane each for the browser, the model and the tools."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from chatkit_agent.output.documents import SpanPart

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
