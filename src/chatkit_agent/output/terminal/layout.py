"""Headings, rows and folding: how text is laid out at the width that a terminal has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
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


def table(rows: list[tuple[str, str]]) -> Table:
    table = grid()
    for label, value in rows:
        table.add_row(Text(f"  {label}", style="dim"), Text(value))
    return table


def grid(padding: int = 2) -> Table:
    table = Table.grid(padding=(0, padding))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
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
