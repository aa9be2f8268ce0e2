"""The command `guide`: how to do a task in this very project."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import click

from chatkit_agent.errors import BadOption
from chatkit_agent.frontends.cli.answering import DONE, answers, show_json, show_text
from chatkit_agent.frontends.cli.help import Command
from chatkit_agent.frontends.cli.options import AS_JSON, ASKED, CI, options, requested_of

WORDS = click.argument("words", nargs=-1, metavar="[PATH] [TASK]")
LIKE_A_PATH = re.compile(r"\.{1,2}|(?:\.{0,2}|~)[/\\]\S*|\S+[/\\]\S*|[A-Za-z]:\\\S*")


@click.command(cls=Command)
@options(
    WORDS,
    click.option("--full", is_flag=True, help="Also every file whole, and all steps by hand."),
    *ASKED,
    CI,
    AS_JSON,
)
@answers
def guide(words: tuple[str, ...], full: bool, as_json: bool, **asked: Any) -> int:
    """Tell how to do TASK in the project at PATH, in a few screens. Writes nothing.

    TASK is in plain words, such as "Pass auth tokens to MCP tools"; `help` lists what it answers.
    """
    from chatkit_agent.api import get_guide, unheard
    from chatkit_agent.output import terminal

    path, task = place_and_task(words)
    requested = requested_of(**asked)
    with terminal.working("Reading the project and asking which versions fit", unheard):
        document = get_guide(path, requested, task)
    if as_json:
        show_json(document)
    else:
        show_guide(document, full=full)
    return DONE


def place_and_task(words: tuple[str, ...]) -> tuple[Path, str]:
    """The project's folder, which may be left out or come last, and the task.

    Raises:
        BadOption: the first word is written like a path, and there is no such folder.
    """
    if not words:
        return Path(), ""
    first, *rest = words
    if Path(first).is_dir():
        return Path(first), " ".join(rest)
    if LIKE_A_PATH.fullmatch(first):
        raise BadOption(f"There is no folder `{first}`. Give the folder of the project, or none.")
    if len(rest) == 1 and LIKE_A_PATH.fullmatch(rest[0]) and Path(rest[0]).is_dir():
        return Path(rest[0]), first
    return Path(), " ".join(words)


def show_guide(document: Any, *, full: bool = False) -> None:
    """Rendered on a terminal, and plain Markdown for whatever reads it."""
    from chatkit_agent.output import terminal

    text = terminal.guide(document, full=full)
    if sys.stdout.isatty():
        terminal.show(terminal.rendered(text))
    else:
        show_text(text)
