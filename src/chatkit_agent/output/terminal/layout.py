"""Headings, rows and folding: how text is laid out at the width that a terminal has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from chatkit_agent.output.documents import AppPart, ErrorDocument
from chatkit_agent.project.text.visible import visible

KINDS = {
    "module": "made at module level",
    "called_factory": "made by a factory that the module calls",
    "factory": "a factory, for `uvicorn --factory`",
    "subclass": "a subclass of FastAPI",
    "attribute": "an attribute of an object",
    "wrapped": "with something around it",
    "reexport": "re-exported from another module",
}


NARROWEST = 34
NARROW = 60
BELOW = 6
TAB = "\ue009"
"""Stands for a tab while Rich lays text out: it would put spaces in the place of one."""
COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def error(document: ErrorDocument) -> RenderableType:
    return Text.assemble(("error: ", "red bold"), document.message)


def app_line(app: AppPart | None) -> str:
    return f"{app.ref} in {app.built_in}, {KINDS[app.kind]}" if app else "not found"


def listed(items: Iterable[str], most: int = 5) -> str:
    listed = list(items)
    more = [f"and {len(listed) - most} more"] if len(listed) > most else []
    return ", ".join(listed[:most] + more) or "none"


def heading(text: str) -> Text:
    return Text(f"\n{text}", style="bold")


def table(rows: list[tuple[str, str]]) -> Rows:
    table = grid()
    for label, value in rows:
        table.add_row(Text(f"  {label}", style="dim"), Text(value))
    return table


def grid(padding: int = 2) -> Rows:
    return Rows(padding)


class Rows:
    """Labels and what belongs to each: beside them, or below where that would be too narrow."""

    def __init__(self, padding: int) -> None:
        self._padding = padding
        self._rows: list[tuple[Text, Text]] = []

    def __bool__(self) -> bool:
        return bool(self._rows)

    def add_row(self, label: Text, value: Text) -> None:
        self._rows.append((label, value))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        widest = max((label.cell_len for label, _ in self._rows), default=0)
        left = options.max_width - widest - self._padding
        # On a narrow screen a path is better below its label than broken beside it.
        is_narrow = options.max_width < NARROW
        words = (word for _, value in self._rows for word in value.plain.split() if is_narrow)
        longest = min(max(map(cell_len, words), default=0), options.max_width - BELOW)
        if left >= max(longest, min(NARROWEST, options.max_width // 2)):
            yield self._beside()
            return
        for label, value in self._rows:
            yield Text.assemble(label, overflow="fold")
            if value:
                yield Padding(value, (0, 0, 0, BELOW))

    def _beside(self) -> Table:
        table = Table.grid(padding=(0, self._padding))
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for label, value in self._rows:
            table.add_row(label, value)
        return table


def coloured(diff: str) -> Text:
    """A diff whose lines are never broken, so that it can be piped into `git apply`."""
    text = Text(no_wrap=True, overflow="ignore")
    for line in diff.splitlines(keepends=True):
        text.append(line.replace("\t", TAB), style=COLOURS.get(line[:1]))
    return text


def show(part: RenderableType, *, stderr: bool = False) -> None:
    Console(stderr=stderr, highlight=False).print(_Safe(part), crop=False)


@dataclass(frozen=True)
class _Safe:
    """What is shown, without what a terminal would take for an order."""

    part: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self.part, options):
            parts = "\t".join(map(visible, segment.text.split(TAB)))
            yield Segment(parts, segment.style, segment.control)
