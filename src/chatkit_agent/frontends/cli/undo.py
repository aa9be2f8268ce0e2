"""The command `undo`: show what would go and what stays, ask, take the chat out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatkit_agent.frontends.cli.answering import DONE, FINDINGS, answers, confirm, say, show
from chatkit_agent.frontends.cli.options import AS_JSON, MARKERS, PROJECT, options

if TYPE_CHECKING:
    from chatkit_agent.output.documents import UndoDocument


@click.command()
@options(
    PROJECT,
    click.option("--yes", "-y", is_flag=True, help="Take it out without asking."),
    click.option("--dry-run", is_flag=True, help="Show what would go and what stays, and stop."),
    click.option("--force", is_flag=True, help="Take out also what your own code imports."),
    MARKERS,
    AS_JSON,
)
@answers
def undo(path: Path, yes: bool, dry_run: bool, force: bool, markers: bool, as_json: bool) -> int:
    """Take the chat out again; your own later edits stay."""
    from chatkit_agent.api import plan_undo, restore_unfinished, undo_integration, unheard
    from chatkit_agent.errors import NothingToUndo
    from chatkit_agent.output import terminal

    if not dry_run and restore_unfinished(path):
        say("An earlier run was cut off in the middle; its files are back as they were.")
        try:
            planned = plan_undo(path, markers=markers)
        except NothingToUndo:
            return DONE
    else:
        planned = plan_undo(path, markers=markers)
    if dry_run:
        show(planned, terminal.undone(planned), as_json)
        return FINDINGS if planned.used else DONE
    if not yes:
        ask(planned, force, as_json)
    with terminal.working("Taking the chat out", unheard):
        document = undo_integration(path, markers=markers, force=force)
    show(document, terminal.undone(document), as_json)
    return FINDINGS if document.conflicts else DONE


def ask(planned: UndoDocument, force: bool, as_json: bool) -> None:
    """Show what would go, and ask; what would be refused is not asked about."""
    from chatkit_agent.output import terminal

    if planned.used and not force:
        return
    if planned.removed or planned.restored:
        terminal.show(terminal.undone(planned), stderr=as_json)
        removed, restored = len(planned.removed), len(planned.restored)
        confirm(f"Remove {removed} files and change {restored} back?")
