"""The commands that lead to a chat: inspect, plan, add."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chatkit_agent.frontends.cli.answering import (
    BY_OUTCOME,
    DONE,
    REFUSED,
    answers,
    answers_reading,
    confirm,
    say,
    show,
    show_json,
)
from chatkit_agent.frontends.cli.help import Command
from chatkit_agent.frontends.cli.options import (
    ALLOW_DIRTY,
    APP,
    AS_JSON,
    ASKED,
    BOOTED,
    CI,
    PROJECT,
    YES,
    options,
    requested_of,
    running_of,
)

if TYPE_CHECKING:
    from chatkit_agent.api import RequestedOptions
    from chatkit_agent.output.documents import AddDocument, PlanDocument


@click.command(cls=Command)
@options(PROJECT, APP, AS_JSON)
@answers_reading
def inspect(path: Path, app: str | None, as_json: bool) -> int:
    """Show what is in the project at PATH. Writes nothing."""
    from chatkit_agent.inspection import inspect_project
    from chatkit_agent.output import terminal

    document = inspect_project(path, app)
    show(document, terminal.inspection(document), as_json)
    return DONE if document.app else REFUSED


@click.command(cls=Command)
@options(
    PROJECT,
    *ASKED,
    CI,
    click.option("--diff", is_flag=True, help="Show the whole diff as well; git applies it."),
    AS_JSON,
)
@answers_reading
def plan(path: Path, diff: bool, as_json: bool, **asked: Any) -> int:
    """Show what would be changed, where and why. Writes nothing."""
    from chatkit_agent.api import plan_integration, unheard
    from chatkit_agent.output import terminal

    requested = requested_of(**asked)
    with terminal.working("Reading the project and asking which versions fit", unheard):
        document = plan_integration(path, requested)
    show(document, terminal.plan(document, full=diff), as_json)
    return DONE


@click.command(cls=Command)
@options(
    PROJECT,
    *ASKED,
    CI,
    *BOOTED,
    YES,
    click.option("--dry-run", is_flag=True, help="Show the plan and stop."),
    click.option("--no-verify", is_flag=True, help="Do not boot the application afterwards."),
    ALLOW_DIRTY,
    click.option("--keep", is_flag=True, help="Keep the chat also where its checks fail."),
    click.option("--install", is_flag=True, help="Install the new dependencies as well."),
    AS_JSON,
)
@answers
def add(
    path: Path,
    python: Path | None,
    env_file: Path | None,
    own_services: tuple[str, ...],
    yes: bool,
    dry_run: bool,
    no_verify: bool,
    keep: bool,
    allow_dirty: bool,
    install: bool,
    as_json: bool,
    **asked: Any,
) -> int:
    """Add the chat to the project at PATH: plan, show, confirm, apply, verify."""

    def written(requested: RequestedOptions) -> AddDocument:
        from chatkit_agent.api import apply_plan, plan_integration, restore_unfinished, unheard
        from chatkit_agent.output import terminal
        from chatkit_agent.output.documents import AddDocument

        if not dry_run and restore_unfinished(path):
            say("An earlier run was cut off in the middle; its files are back as they were.")
        with terminal.working("Reading the project and asking which versions fit", unheard):
            planned = plan_integration(path, requested)
        if dry_run or planned.manual_steps:
            if not as_json:
                terminal.show(terminal.plan(planned, full=False))
            return AddDocument.only_planned(planned)
        agree(planned)
        running = running_of(python, env_file, own_services, yes=yes)
        with ExitStack() as watched:
            progress = watched.enter_context(terminal.working("Writing the files", say))

            def agree_again(planned: PlanDocument) -> None:
                watched.close()
                say(planned.notes[0])
                agree(planned)

            return apply_plan(
                path,
                planned.plan_id,
                requested,
                replace(running, progress=progress),
                agree=agree_again,
                allow_dirty=allow_dirty,
                install_packages=install,
                check=not no_verify,
                keep=keep,
            )

    def agree(planned: PlanDocument) -> None:
        from chatkit_agent.output import terminal

        if not as_json:
            terminal.show(terminal.plan(planned, full=False))
        if planned.changes and not yes:
            confirm(f"Write these {len(planned.changes)} files?")

    document = written(requested_of(**asked))
    status = finish(document, as_json)
    if document.manual_steps and not dry_run:
        say("Nothing was written. Paste what is listed by hand, then run add again.")
        return REFUSED
    return status


def finish(document: AddDocument, as_json: bool) -> int:
    """Show the end of `add`; the exit status follows from the checks."""
    from chatkit_agent.output import terminal

    if as_json:
        show_json(document)
    elif document.applied or document.verification is not None:
        terminal.show(terminal.added(document))
    checks = document.verification
    return DONE if checks is None else BY_OUTCOME[checks.outcome]
