"""What was proved and what was found, as text."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from chatkit_agent.output.documents import CheckPart, FindingPart, VerifyDocument
from chatkit_agent.output.terminal.layout import grid, heading

PASSED, FAILED, UNPROVED = ("ok", "green"), ("no", "red"), ("??", "yellow")
LEFT_OUT = ("--", "dim")


def verification(document: VerifyDocument) -> RenderableType:
    parts: list[RenderableType] = [heading("Proofs")]
    for check in document.checks:
        parts.append(check_line(check))
        parts.extend(Padding(_finding(finding), (0, 0, 0, 6)) for finding in check.findings)
    parts.extend(Text(f"note: {note}", style="dim") for note in document.notes)
    parts.append(_sum(document))
    return Group(*parts)


def _sum(document: VerifyDocument) -> Text:
    if not document.checks:
        return Text("The chat could not be proved.", style="red")
    marks = [_mark(check) for check in document.checks]
    judged = len(marks) - marks.count(LEFT_OUT)
    passed = f"{marks.count(PASSED)} of {judged} proofs passed"
    if not document.ok:
        return Text(f"{passed}, {marks.count(FAILED)} failed.", style="red")
    unproved = marks.count(UNPROVED)
    return Text(f"{passed}, {unproved} with warnings." if unproved else f"{passed}.", style="green")


def check_line(check: CheckPart) -> RenderableType:
    line = grid(padding=0)
    line.add_row(Text.assemble("  ", _mark(check), "  "), Text(check.title))
    return line


def _mark(check: CheckPart) -> tuple[str, str]:
    if check.ok:
        return LEFT_OUT if check.findings else PASSED
    return FAILED if any(each.severity == "error" for each in check.findings) else UNPROVED


def _finding(finding: FindingPart) -> RenderableType:
    if finding.severity == "info":
        return Text(finding.what, style="dim")
    rows = grid()
    for label in ("what", "where", "evidence", "fix"):
        rows.add_row(Text(label, style="dim"), Text(getattr(finding, label)))
    return rows
