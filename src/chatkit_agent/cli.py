"""The command line: arguments in, text or one JSON document out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from chatkit_agent import Plan, Request
    from chatkit_agent.documents import Document, VerifyDocument
    from chatkit_agent.errors import ChatKitAgentError

Command = TypeVar("Command", bound=Callable[..., Any])

DONE, FINDINGS, USAGE, REFUSED = 0, 1, 2, 3

PROJECT = click.argument(
    "path", type=click.Path(exists=True, file_okay=False, path_type=Path), default="."
)
ALLOW_DIRTY = click.option("--allow-dirty", is_flag=True, help="Write over uncommitted changes.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Give one JSON document.")


def without_call(_context: object, _option: object, ref: str | None) -> str | None:
    """Gunicorn calls a factory in its reference, such as `app.main:create_app()`."""
    return ref.removesuffix("()") if ref else ref


WITH = click.option("--with", "extras", metavar="NAME,...", help="Optional modules to deliver.")
ASKED = (
    click.option(
        "--app",
        metavar="MODULE:ATTR",
        callback=without_call,
        help="The application, as uvicorn takes it.",
    ),
    click.option("--mcp-url", metavar="URL", help="The MCP server whose tools the chat calls."),
    click.option(
        "--auth",
        type=click.Choice(["auto", "existing", "jwt", "none"]),
        default="auto",
        show_default=True,
        help="Who the user is: the app's own dependency, a verified JWT, or nobody.",
    ),
    click.option(
        "--token",
        type=click.Choice(["auto", "header", "argument", "prompt"]),
        default="auto",
        show_default=True,
        help="How the user's token reaches the MCP tools.",
    ),
    click.option("--env-prefix", metavar="NAME", help="Such as TASKFLOW for TASKFLOW_CHATKIT_*."),
    click.option("--schema", metavar="NAME", help="PostgreSQL schema of the chat's tables."),
    click.option("--path", "route", default="/chatkit", show_default=True, help="The route."),
    WITH,
)
BOOTED = (
    click.option(
        "--python",
        metavar="PATH",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="The project's interpreter.",
    ),
    click.option(
        "--env-file",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Variables that the application needs to start.",
    ),
)


def options(*decorators: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="chatkit-integration-agent")
def main() -> None:
    """Add a streaming, persistent, tool-calling chat to a FastAPI application, and prove it.

    Exit status: 0 done or healthy; 1 findings, or the verification failed; 2 wrong usage;
    3 refused, nothing was written.
    """


@main.command()
@options(PROJECT, ASKED[0], AS_JSON)
def inspect(path: Path, app: str | None, as_json: bool) -> None:
    """Show what is in the project at PATH. Writes nothing."""

    def work() -> int:
        from chatkit_agent import read_project, terminal
        from chatkit_agent.documents import InspectDocument

        document = InspectDocument.of(read_project(path, app=app))
        show(document, terminal.inspection(document), as_json)
        return DONE if document.app else REFUSED

    run(work, as_json)


@main.command()
@options(PROJECT, *ASKED, AS_JSON)
def plan(path: Path, as_json: bool, **asked: Any) -> None:
    """Show what would be changed, as a diff. Writes nothing."""

    def work() -> int:
        from chatkit_agent import terminal
        from chatkit_agent.documents import PlanDocument

        document = PlanDocument.of(planned(path, **asked))
        show(document, terminal.plan(document, full=True), as_json)
        return DONE

    run(work, as_json)


@main.command()
@options(
    PROJECT,
    *ASKED,
    *BOOTED,
    click.option("--yes", "-y", is_flag=True, help="Apply without asking."),
    click.option("--dry-run", is_flag=True, help="Show the plan and stop."),
    click.option("--no-verify", is_flag=True, help="Do not boot the application afterwards."),
    ALLOW_DIRTY,
    click.option("--install", is_flag=True, help="Install the new dependencies as well."),
    AS_JSON,
)
def add(
    path: Path,
    python: Path | None,
    env_file: Path | None,
    yes: bool,
    dry_run: bool,
    no_verify: bool,
    allow_dirty: bool,
    install: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Add the chat to the project at PATH: plan, show, confirm, apply, verify."""

    def work() -> int:
        from chatkit_agent import terminal
        from chatkit_agent.documents import PlanDocument

        made = planned(path, **asked)
        if not as_json:
            terminal.show(terminal.plan(PlanDocument.of(made), full=False))
        if dry_run:
            return finish(made, as_json)
        if made.by_hand:
            say("Nothing was written. Paste what is listed by hand, then run add again.")
            finish(made, as_json)
            return REFUSED
        written(made, yes=yes, allow_dirty=allow_dirty)
        if install:
            installed(made, python)
        proofs = None if no_verify else proved_or_told(path, python, env_file, asked)
        return finish(made, as_json, applied=True, installed=install, proofs=proofs)

    run(work, as_json)


@main.command()
@options(PROJECT, AS_JSON)
def undo(path: Path, as_json: bool) -> None:
    """Take the chat out again; your own later edits stay."""

    def work() -> int:
        from chatkit_agent import terminal
        from chatkit_agent import undo as undo_project
        from chatkit_agent.documents import UndoDocument

        document = UndoDocument.of(undo_project(path))
        show(document, terminal.undone(document), as_json)
        return DONE

    run(work, as_json)


@main.command()
@options(PROJECT, WITH, ALLOW_DIRTY, AS_JSON)
def update(path: Path, extras: str | None, allow_dirty: bool, as_json: bool) -> None:
    """Bring the delivered code up to this version; your own edits of it stay."""

    def work() -> int:
        from chatkit_agent import terminal
        from chatkit_agent import update as update_project
        from chatkit_agent.documents import UpdateDocument

        wanted = names(extras)
        updated = update_project(path, extras=wanted, allow_dirty=allow_dirty)
        document = UpdateDocument.of(updated)
        show(document, terminal.updated(document), as_json)
        return DONE

    run(work, as_json)


@main.command()
@options(PROJECT, *ASKED, *BOOTED, AS_JSON)
def verify(
    path: Path, python: Path | None, env_file: Path | None, as_json: bool, **asked: Any
) -> None:
    """Boot the application and prove the chat: streaming, persistence, isolation, tools."""

    def work() -> int:
        from chatkit_agent import terminal

        document = proved(path, python, env_file, asked)
        show(document, terminal.verification(document), as_json)
        return DONE if document.ok else FINDINGS

    run(work, as_json)


def request_of(route: str, extras: str | None, **asked: Any) -> Request:
    from chatkit_agent import Request

    return Request(path=route, extras=names(extras), **asked)


def names(listed: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (listed or "").split(",") if name.strip())


def planned(path: Path, **asked: Any) -> Plan:
    from chatkit_agent import make_plan, read_project

    return make_plan(read_project(path, app=asked["app"]), request_of(**asked))


def proved(
    path: Path, python: Path | None, env_file: Path | None, asked: dict[str, Any]
) -> VerifyDocument:
    from chatkit_agent import verify
    from chatkit_agent.documents import VerifyDocument

    report = verify(path, request_of(**asked), python=python, env_file=env_file, progress=say)
    return VerifyDocument.of(report)


def proved_or_told(
    path: Path, python: Path | None, env_file: Path | None, asked: dict[str, Any]
) -> VerifyDocument:
    """The proofs of a chat that was just added; where nothing can be booted, the reason."""
    from chatkit_agent.documents import VerifyDocument
    from chatkit_agent.errors import CannotBoot

    try:
        return proved(path, python, env_file, asked)
    except CannotBoot as problem:
        return VerifyDocument(ok=False, checks=(), notes=(str(problem),))


def written(made: Plan, *, yes: bool, allow_dirty: bool) -> None:
    from chatkit_agent import apply

    if made.changes and not yes:
        confirm(made)
    apply(made, allow_dirty=allow_dirty)


def confirm(made: Plan) -> None:
    from chatkit_agent.errors import Refused

    if not sys.stdin.isatty():
        raise Refused("Nothing was written: there is no terminal to ask in. Pass --yes to apply.")
    if not click.confirm(f"\nWrite these {len(made.changes)} files?", err=True):
        raise Refused("Nothing was written.")


def installed(made: Plan, python: Path | None) -> None:
    from chatkit_agent import install

    install(made, python, say)


def finish(
    made: Plan,
    as_json: bool,
    *,
    applied: bool = False,
    installed: bool = False,
    proofs: VerifyDocument | None = None,
) -> int:
    """Show the end of `add`; the exit status follows from the proofs."""
    from chatkit_agent import next_steps, terminal
    from chatkit_agent.documents import AddDocument, plan_fields

    steps = next_steps(made, installed=installed) if applied else ()
    document = AddDocument.model_validate(
        {**plan_fields(made), "applied": applied, "verification": proofs, "next_steps": steps}
    )
    if as_json:
        click.echo(document.model_dump_json(indent=2))
    elif applied:
        terminal.show(terminal.added(document))
    return FINDINGS if proofs is not None and not proofs.ok else DONE


def show(document: Document, text: Any, as_json: bool) -> None:
    from chatkit_agent import terminal

    if as_json:
        click.echo(document.model_dump_json(indent=2))
    else:
        terminal.show(text)


def say(message: str) -> None:
    click.echo(message, err=True)


def run(work: Callable[[], int], as_json: bool) -> None:
    """Do the work and leave with its exit status; a refusal is told, never traced."""
    from chatkit_agent.errors import BadOption, ChatKitAgentError, Refused

    try:
        status = work()
    except ChatKitAgentError as problem:
        known: dict[type, int] = {BadOption: USAGE}
        status = REFUSED if isinstance(problem, Refused) else known.get(type(problem), FINDINGS)
        told(problem, status, as_json)
    sys.exit(status)


def told(problem: ChatKitAgentError, status: int, as_json: bool) -> None:
    from chatkit_agent import terminal
    from chatkit_agent.documents import ErrorDocument

    document = ErrorDocument.of(problem, status)
    if as_json:
        click.echo(document.model_dump_json(indent=2))
    terminal.show(terminal.error(document), stderr=True)
