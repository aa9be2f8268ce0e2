"""What was added, put back or brought up to date, as text."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from chatkit_agent.output.documents import (
    AddDocument,
    ConflictPart,
    InstallDocument,
    UndoDocument,
    UpdateDocument,
)
from chatkit_agent.output.terminal.layout import heading
from chatkit_agent.output.terminal.report import verification


def added(document: AddDocument) -> RenderableType:
    parts: list[RenderableType] = []
    if document.verification is not None:
        parts.append(verification(document.verification))
    parts.append(heading("Next" if document.applied else "Taken back"))
    parts += [
        Padding(Text(f"{number}. {step}"), (0, 2))
        for number, step in enumerate(document.next_steps, 1)
    ]
    return Group(*parts)


def undone(document: UndoDocument) -> RenderableType:
    parts = [Text(f"  put back  {path}") for path in document.restored]
    parts += [Text(f"  removed   {path}") for path in document.removed]
    parts += [Text(f"  kept      {path} (you edited it)") for path in document.kept]
    if document.conflicts:
        parts += conflicts(document.conflicts)
        parts.append(Text("\nKeep one version of each, take the markers out, then undo again."))
    if not parts:
        parts.append(Text("  Nothing was left to change: what you resolved stays as it is."))
    return Group(heading("Undone in part" if document.conflicts else "Undone"), *parts)


def updated(document: UpdateDocument) -> RenderableType:
    if not document.changed:
        return Text(f"Nothing to change: the chat is that of version {document.after}.")
    parts = [Text(f"  changed   {path}") for path in document.changed]
    parts += [Text(f"  kept      {path} (you edited it)") for path in document.kept]
    if document.conflicts:
        parts += conflicts(document.conflicts)
        parts.append(Text("\nKeep one version of each, take the markers out, then verify."))
    return Group(heading(f"Updated from version {document.before} to {document.after}"), *parts)


def conflicts(places: Iterable[ConflictPart]) -> list[Text]:
    return [Text(f"  conflict  {each.path} line {each.line}", style="red") for each in places]


def installed(document: InstallDocument) -> RenderableType:
    parts = [Text(f"  put in place  {path}") for path in document.written]
    parts += [Text(f"  removed       {path}") for path in document.removed]
    parts += [Text(f"  kept          {path} (you edited it)") for path in document.kept]
    if not parts:
        parts.append(Text("  Nothing to change: it is there already."))
    if document.by_hand and not document.removed:
        parts.append(Text(f"\nTo add the MCP server as well, run:\n  {document.by_hand}"))
    return Group(heading(f"{document.agent} in {document.base}"), *parts)
