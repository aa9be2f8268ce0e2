"""What was checked and what was found, as text."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from chatkit_agent.output.documents import CheckPart, FindingPart, VerifyDocument
from chatkit_agent.output.documents.outcomes import Outcome, outcome_of, summary
from chatkit_agent.output.terminal.layout import grid, heading

MARKS: dict[Outcome, tuple[str, str]] = {
    "passed": ("ok", "green"),
    "failed": ("no", "red"),
    "inconclusive": ("??", "yellow"),
    "warned": ("!!", "yellow"),
    "not applicable": ("--", "dim"),
}
COLOURS = {"passed": "green", "failed": "red", "inconclusive": "yellow"}


def verification(document: VerifyDocument) -> RenderableType:
    parts: list[RenderableType] = [heading("Checks")]
    # What needs somebody stands last, where it is seen.
    for check in sorted(document.checks, key=lambda each: not each.ok):
        parts.append(check_line(check))
        parts.extend(Padding(_finding(finding), (0, 0, 0, 6)) for finding in check.findings)
    parts.extend(Text(f"note: {note}", style="dim") for note in document.notes)
    parts.append(Text(summary(document), style=COLOURS[document.outcome]))
    return Group(*parts)


def check_line(check: CheckPart) -> RenderableType:
    line = grid(padding=0)
    line.add_row(Text.assemble("  ", MARKS[outcome_of(check)], "  "), Text(check.title))
    return line


def _finding(finding: FindingPart) -> RenderableType:
    if finding.severity == "info":
        return Text(finding.what, style="dim")
    rows = grid()
    for label in ("what", "where", "evidence", "fix"):
        rows.add_row(Text(label, style="dim"), Text(getattr(finding, label)))
    return rows
