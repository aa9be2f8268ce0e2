"""An answer as text: the pattern, the code and its places, the variables, the tests, the checks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from chatkit_agent.output.documents import AskDocument, GuideDocument, PlanDocument
from chatkit_agent.output.terminal.diagnosis import diagnosis
from chatkit_agent.output.terminal.files import new_files
from chatkit_agent.output.terminal.guide import NAMES
from chatkit_agent.output.terminal.layout import grid, heading
from chatkit_agent.output.terminal.report import verification

CLAIM = re.compile(
    r"\b(?:check|test|proof|verif|verify)\w*\b.{0,60}\b(?:pass|succe|green|ok\b|complet|prove)"
    r"|\b(?:passed|verified|proved|tested)\b",
    re.IGNORECASE | re.DOTALL,
)
"""Words by which a model may claim that something was checked."""


def answer(document: AskDocument) -> RenderableType:
    """What follows the words of the model: nothing in it was said by it."""
    parts: list[RenderableType] = []
    if document.guide is not None and document.guide.is_known and document.added is not None:
        parts += _solution(document.guide, document.added)
    if document.diagnosis is not None:
        parts += [heading("What was found"), diagnosis(document.diagnosis)]
    parts += _checks(document)
    if document.denied:
        parts.append(_note(f"Not approved, so not done: {', '.join(document.denied)}."))
    if document.problem:
        parts.append(Text(f"\n{document.problem}", style="red"))
    parts += [_note(note) for note in document.notes]
    if document.usage is not None and document.usage.requests:
        usage = document.usage
        used = f"{usage.input_tokens:,} tokens read and {usage.output_tokens:,} written"
        if not usage.input_tokens:
            used = "and the provider does not say how many tokens"
        parts.append(_note(f"{document.model}: {usage.requests} requests, {used}."))
    return Group(*parts)


def how_understood(document: GuideDocument) -> RenderableType:
    rows = grid()
    for each in document.understood:
        rows.add_row(Text(f"  {NAMES[each.what]}", style="dim"), Text(each.value))
    return Group(heading("Understood"), rows)


def _note(text: str) -> RenderableType:
    return Text(text, style="dim")


def _solution(guide: GuideDocument, added: PlanDocument) -> Iterator[RenderableType]:
    yield heading("The pattern")
    yield Padding(Text(guide.pattern), (0, 2))
    yield heading("The code, and its place")
    edited = [each.path for each in added.changes if each.action == "modify"]
    yield from (Text(f"  edit  {path}") for path in edited)
    yield from new_files((each.path, None) for each in added.changes if each.action == "create")
    if added.environment:
        yield heading("Set these variables")
        rows = grid()
        for each in added.environment:
            rows.add_row(Text(f"  {each.state:<8}  {each.name}"), Text(each.purpose))
        yield rows
    yield heading("Test it")
    for command in guide.test:
        # Whole lines, so that they can be copied.
        yield Text(f"  {command.command}", no_wrap=True, overflow="ignore")
        if command.expect:
            yield Padding(Text(command.expect, style="dim"), (0, 4))


def _checks(document: AskDocument) -> Iterator[RenderableType]:
    if document.verification is not None:
        yield verification(document.verification)
    elif document.added is not None and not document.added.applied:
        yield heading("Checks")
        yield Text("  None: nothing was written.")
    elif CLAIM.search(document.answer):
        yield heading("Checks")
        yield Text("  None were made for this answer: what it says of checks is the model's own.")
