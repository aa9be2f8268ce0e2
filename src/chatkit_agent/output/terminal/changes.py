"""What was added, put back or brought up to date, as text."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

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
from chatkit_agent.output.documents.plan import files_of
from chatkit_agent.output.terminal.files import by_folder, is_machinery
from chatkit_agent.output.terminal.layout import Rows, coloured, grid, heading
from chatkit_agent.output.terminal.report import verification

NO_UVX = (
    "\nThe server is started with `uvx`, which is not on PATH here: install uv, or write the full "
    "path of `chatkit-agent` as the command."
)


def added(document: AddDocument) -> RenderableType:
    parts: list[RenderableType] = []
    if document.verification is not None:
        parts.append(verification(document.verification))
    parts.append(heading(_next(document.root) if document.applied else "Taken back"))
    is_one = len(document.next_steps) == 1
    for number, step in enumerate(document.next_steps, 1):
        sentence, *lines = step.splitlines()
        parts.append(Padding(Text(sentence if is_one else f"{number}. {sentence}"), (0, 2)))
        parts += map(_whole_line, lines)
    return Group(*parts)


def _whole_line(text: str) -> Text:
    """Never broken, so that it can be copied."""
    return Text(f"     {text}", style="cyan", no_wrap=True, overflow="ignore")


def _next(root: str) -> str:
    return "Next" if Path(root) == Path.cwd() else f"Next, in {root}"


def undone(document: UndoDocument) -> RenderableType:
    """What an undo did, or would do."""
    does = ("put back", "removed" if document.undone else "remove")
    rows = grid()
    for each in document.moved:
        rows.add_row(Text("  moved"), Text(f"{each.before}, found as {each.now}"))
    _add(rows, does[0], document.restored)
    _add(rows, does[1], by_folder(document.removed))
    _add(rows, "kept", (f"{path} ({_why(path)})" for path in document.kept))
    _add(rows, "missing", (f"{path} (it was removed before)" for path in document.missing))
    parts: list[RenderableType] = [rows] if rows else []
    if document.conflicts:
        parts += conflicts(document.conflicts)
        parts.append(Text("\nKeep one version of each, take the markers out, then undo again."))
    if not parts:
        parts.append(Text("  Nothing was left to change: what you resolved stays as it is."))
    parts += _uses(document)
    if document.stays or document.kept:
        parts += [Text("\nStays"), *(part for each in _stays(document) for part in _staying(each))]
    return Group(heading(_title(document)), *parts)


def _add(rows: Rows, label: str, values: Iterable[str]) -> None:
    for each in values:
        rows.add_row(Text(f"  {label}"), Text(each))


def _title(document: UndoDocument) -> str:
    if not document.undone:
        return "What undo would do"
    return "Undone in part" if document.conflicts else "Undone"


def _why(path: str) -> str:
    is_package = path.endswith("__init__.py")
    return "you edited it, or have modules beside it" if is_package else "you edited it"


def _uses(document: UndoDocument) -> list[Text]:
    if not document.used:
        return []
    title = "\nYour own code uses what goes away:"
    return [
        Text(title, style="red"),
        *(Text(f"  {each.path} line {each.line}: {each.what}") for each in document.used),
    ]


def _staying(text: str) -> Iterable[RenderableType]:
    sentence, *lines = text.splitlines()
    yield Padding(Text(sentence), (0, 2))
    yield from map(_whole_line, lines)


def _stays(document: UndoDocument) -> Iterable[str]:
    if document.kept:
        yield f"Files: {', '.join(document.kept)}. A later `add` takes them up again."
    yield from document.stays


def updated(document: UpdateDocument) -> RenderableType:
    rows = grid()
    does = ("changed", "removed") if document.updated else ("change", "remove")
    _add(rows, does[0], by_folder(document.changed))
    _add(rows, does[1], by_folder(document.removed))
    _add(rows, "kept", (f"{path} (you edited it)" for path in document.kept))
    _add(rows, "merged", (f"{path} (your edits are in it)" for path in document.merged))
    parts: list[RenderableType] = [rows]
    if document.conflicts:
        parts += conflicts(document.conflicts)
        parts.append(Text("\nKeep one version of each, take the markers out, then verify."))
    notes = [Text(f"  - {each}") for each in document.notes]
    if not (document.changed or document.removed):
        same = f"Nothing to change: the chat is that of version {document.after}."
        return Group(Text(same), *notes)
    parts += [Text(""), *notes] if notes else []
    parts += _hunks(document)
    if document.updated and not document.conflicts:
        parts.append(Text("\nCheck it: chatkit-agent verify", style="dim"))
    return Group(heading(_versions(document)), *parts)


def _hunks(document: UpdateDocument) -> Iterable[RenderableType]:
    """Of what is not machinery, which is replaced whole."""
    for each in files_of(document.diff):
        if not (each.is_new or is_machinery(each.path)):
            yield Text.assemble(("\n  edit  ", "cyan"), each.path)
            yield coloured(each.hunks)


def _versions(document: UpdateDocument) -> str:
    if not document.updated:
        return f"What update would do, to version {document.after}"
    if document.before == document.after:
        return f"Updated, version {document.after}"
    return f"Updated from version {document.before} to {document.after}"


def conflicts(places: Iterable[ConflictPart]) -> list[Text]:
    return [Text(f"  conflict  {each.path} line {each.line}", style="red") for each in places]


def installed(document: InstallDocument) -> RenderableType:
    rows = grid()
    _add(rows, "put in place", document.written)
    _add(rows, "removed", document.removed)
    _add(rows, "kept", (f"{path} (you edited it)" for path in document.kept))
    parts: list[RenderableType] = [rows] if rows else []
    if not parts:
        parts.append(Text("  Nothing to change: it is there already."))
    if document.command and not document.removed:
        parts.append(Text(f"\nTo add the MCP server as well, run:\n  {document.command}"))
    if not document.removed and shutil.which("uvx") is None:
        parts.append(Text(NO_UVX))
    return Group(heading(f"{document.agent} in {document.base}"), *parts)
