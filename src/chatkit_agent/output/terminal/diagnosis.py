"""What the doctor found, as text."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from chatkit_agent.output.documents import (
    DiagnosedPart,
    DoctorDocument,
    FixesPart,
    RuleDocument,
    RulePart,
)
from chatkit_agent.output.terminal.layout import coloured, grid

COLOURS = {"error": "red", "inconclusive": "yellow", "warning": "yellow", "info": "cyan"}
NAMES = {"error": "error", "inconclusive": "open", "warning": "warning", "info": "info"}
MOST_PLACES = 4


def diagnosis(document: DoctorDocument) -> RenderableType:
    parts: list[RenderableType] = []
    if document.unexplained:
        parts.append(Text(document.unexplained, style="bold yellow"))
    has_answer = any(each.is_answer for each in document.findings)
    is_besides = bool(document.unexplained)
    for number, finding in enumerate(document.findings, 1):
        is_first = number == 1 if is_besides else has_answer and not finding.is_answer
        if is_first:
            parts.append(Text("\nWhat was found besides:", style="bold"))
            is_besides, has_answer = False, False
        parts.append(Text(""))
        parts.append(_title(number, finding))
        parts.append(Padding(_details(finding), (0, 0, 0, 3)))
    parts.append(Text(""))
    if document.fixes and document.fixes.applied:
        paths = ", ".join(each.path for each in document.fixes.changes)
        parts.append(Text(f"Fixed: {paths}. `chatkit-agent undo` takes it back.", style="green"))
    parts.extend(Text(f"note: {note}", style="yellow") for note in document.notes)
    parts.extend(Text(f"not seen: {each}", style="yellow") for each in document.unsettled)
    if document.looked_at:
        parts.append(Text(f"Looked at {'; '.join(document.looked_at)}.", style="dim"))
    parts.append(_sum(document))
    return Group(*parts)


def fixes(part: FixesPart) -> RenderableType:
    """What the edits change, as a diff."""
    parts: list[RenderableType] = [Text(f"\nPlan {part.plan_id}", style="bold")]
    if part.diff:
        parts.append(coloured(part.diff))
    for blocked in part.manual_steps:
        parts.append(Text(f"\nBy hand, {blocked.edit}: {blocked.reason}", style="yellow"))
        parts.append(Padding(Text(blocked.snippet), (0, 2)))
    return Group(*parts)


def _title(number: int, finding: DiagnosedPart) -> RenderableType:
    row = grid(padding=1)
    colour = COLOURS[finding.severity]
    label = Text(NAMES[finding.severity], style=f"{colour} bold")
    row.add_row(
        Text(f"{number}."), Text.assemble(label, f"  {finding.code}  ", (finding.what, "bold"))
    )
    return row


def _details(finding: DiagnosedPart) -> RenderableType:
    rows = grid()
    for label, value in _lines(finding):
        rows.add_row(Text(label, style="dim"), Text(value))
    return rows


def _lines(finding: DiagnosedPart) -> Iterator[tuple[str, str]]:
    yield "where", finding.where
    yield "evidence", finding.evidence
    for line in finding.more[:MOST_PLACES]:
        yield "also", line
    if len(finding.more) > MOST_PLACES:
        yield "", f"and {len(finding.more) - MOST_PLACES} more places"
    yield "fix", finding.fix
    if finding.edit:
        yield "edit", f"`{finding.edit}`, with --fix"
    if finding.command:
        yield "command", finding.command


def _sum(document: DoctorDocument) -> Text:
    passed = f"{len(document.passed)} checks passed"
    found = len(document.findings)
    if document.healthy:
        infos = f", with {found} info{'s' * (found != 1)}" if found else ""
        return Text(f"{passed}{infos}.", style="green")
    if document.outcome == "inconclusive" and not (found or document.passed):
        return Text("Inconclusive: nothing was checked.", style="yellow")
    if document.outcome == "inconclusive":
        return Text(f"Inconclusive: {passed}, and not everything was seen.", style="yellow")
    return Text(f"{found} finding{'s' * (found != 1)}, {passed}.", style="red")


NEEDS = {
    "source": "the source",
    "settings": "the source, settings and files of the deployment",
    "log": "a log (doctor --log)",
    "wire": "the running application or a trace (doctor --url, --trace, --boot)",
    "boot": "the application in the sandbox (doctor --boot)",
    "run": "a conversation in the sandbox (verify)",
}
FEW = 3


def rules(document: RuleDocument) -> RenderableType:
    """A few with all that is said of them; of many a line each."""
    if len(document.rules) <= FEW:
        return Group(*(part for rule in document.rules for part in _whole(rule)))
    rows = grid()
    for each in document.rules:
        rows.add_row(Text(each.code, style="bold"), Text(each.title))
    return rows


def _whole(rule: RulePart) -> tuple[RenderableType, ...]:
    rows = grid()
    rows.add_row(Text("name", style="dim"), Text(rule.name))
    rows.add_row(Text("severity", style="dim"), Text(rule.severity))
    rows.add_row(Text("reads", style="dim"), Text("; ".join(NEEDS[each] for each in rule.needs)))
    if rule.symptoms:
        rows.add_row(Text("symptoms", style="dim"), Text(", ".join(rule.symptoms)))
    rows.add_row(Text("accept", style="dim"), Text(_accepting(rule)))
    return (
        Text(f"{rule.code}  {rule.title}", style="bold"),
        Padding(Text(rule.about), (1, 3)),
        Padding(rows, (0, 3, 1, 3)),
    )


def _accepting(rule: RulePart) -> str:
    everywhere = f"--ignore {rule.code}, or `ignore` in [tool.chatkit-agent] of pyproject.toml"
    if {"source", "settings"} & set(rule.needs):
        return f"# chatkit: ignore[{rule.code}] on the line; {everywhere}"
    return everywhere
