"""The command `update`: this version, or other options, for a chat that is there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chatkit_agent.frontends.cli.answering import DONE, FINDINGS, answers, confirm, show
from chatkit_agent.frontends.cli.help import Command
from chatkit_agent.frontends.cli.options import (
    ALLOW_DIRTY,
    AS_JSON,
    CHANGED,
    MARKERS,
    PROJECT,
    YES,
    names,
    options,
)

if TYPE_CHECKING:
    from chatkit_agent.output.documents import UpdateDocument


@click.command(cls=Command)
@options(
    PROJECT,
    *CHANGED,
    YES,
    click.option("--dry-run", is_flag=True, help="Show what would change, and stop."),
    ALLOW_DIRTY,
    MARKERS,
    AS_JSON,
)
@answers
def update(
    path: Path,
    yes: bool,
    dry_run: bool,
    allow_dirty: bool,
    markers: bool,
    as_json: bool,
    **asked: Any,
) -> int:
    """Bring the delivered code up to this version, with the options that it has or others."""
    from chatkit_agent.api import plan_update, unheard, update_integration
    from chatkit_agent.output import terminal

    wanted, shown = options_of(**asked), None
    if dry_run or not yes:
        with terminal.working("Merging this version into what is there", unheard):
            planned = plan_update(path, wanted, markers=markers)
        if dry_run:
            show(planned, terminal.updated(planned), as_json)
            return FINDINGS if planned.conflicts else DONE
        ask(planned, as_json)
        shown = planned.diff
    with terminal.working("Writing the files", unheard):
        document = update_integration(
            path, wanted, allow_dirty=allow_dirty, markers=markers, shown=shown
        )
    show(document, terminal.updated(document), as_json)
    return FINDINGS if document.conflicts else DONE


def ask(planned: UpdateDocument, as_json: bool) -> None:
    from chatkit_agent.output import terminal

    if count := len(planned.changed) + len(planned.removed):
        terminal.show(terminal.updated(planned), stderr=as_json)
        confirm(f"Change these {count} files?")


def options_of(
    route: str | None, features: str | None, without: str | None, **asked: Any
) -> dict[str, Any]:
    """The options that were given, by the names that a request has for them."""
    given = {"path": route, "features": names(features), "without": names(without), **asked}
    return {name: value for name, value in given.items() if value not in (None, ())}
