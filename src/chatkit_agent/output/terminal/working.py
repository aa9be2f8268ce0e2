"""What is going on while it takes time: the step, and the seconds that it has taken so far."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from chatkit_agent.project.text.visible import visible

WORTH_TELLING = 1.0
"""Seconds from which a step is told when it is done."""
PER_SECOND = 8
Progress = Callable[[str], None]


def is_watched(stream: object = None, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a person looks at a terminal that can be drawn on."""
    out = sys.stderr if stream is None else stream
    is_terminal = bool(getattr(out, "isatty", lambda: False)())
    return is_terminal and not environment.get("CI") and environment.get("TERM") != "dumb"


@contextmanager
def working(step: str, say: Progress) -> Iterator[Progress]:
    """Show `step` and those that are told while the block runs; `say` where nobody watches."""
    if not is_watched():
        yield say
        return
    console = Console(stderr=True, highlight=False)
    board = Board(console, step)
    with Live(board, console=console, transient=True, refresh_per_second=PER_SECOND):
        yield board.go_on
    board.tell()


class Board:
    """One line that moves; a step that took a while stays above it, with its seconds."""

    def __init__(self, console: Console, step: str) -> None:
        self._console = console
        is_unicode = (console.encoding or "").lower().startswith("utf")
        self._spinner = Spinner("dots" if is_unicode else "line", style="cyan")
        self._step, self._began = step, monotonic()

    @property
    def seconds(self) -> float:
        return monotonic() - self._began

    def go_on(self, step: str) -> None:
        self.tell()
        self._step, self._began = step, monotonic()

    def tell(self) -> None:
        if self.seconds >= WORTH_TELLING:
            line = f"{self.seconds:6.1f} s  {visible(self._step)}"
            self._console.print(Text(line, style="dim"), no_wrap=True, overflow="ellipsis")

    def __rich__(self) -> Table:
        line = Table.grid(padding=(0, 1))
        line.add_column(no_wrap=True)
        line.add_column(no_wrap=True, overflow="ellipsis")
        line.add_column(no_wrap=True)
        step = Text(visible(self._step), no_wrap=True, overflow="ellipsis")
        line.add_row(self._spinner, step, Text(f"{self.seconds:.0f} s", style="dim"))
        return line
