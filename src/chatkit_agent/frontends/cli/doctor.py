"""The commands `doctor`, which finds what is wrong with a chat, and `rule`, which explains one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from chatkit_agent.frontends.cli.answering import (
    BY_OUTCOME,
    DONE,
    answers,
    confirm,
    say,
    show,
    show_findings,
)
from chatkit_agent.frontends.cli.help import Command
from chatkit_agent.frontends.cli.options import (
    ALLOW_DIRTY,
    APP,
    AS_JSON,
    BOOTED,
    FORMAT,
    PROJECT,
    RULES,
    YES,
    agree_to,
    options,
)

if TYPE_CHECKING:
    from chatkit_agent.api import Looking
    from chatkit_agent.output.documents import DoctorDocument


@click.command(cls=Command)
@options(
    PROJECT,
    APP,
    click.option(
        "--log",
        metavar="FILE",
        type=click.File("rb"),
        help="The application's log; `-` for what is piped in.",
    ),
    click.option("--symptom", metavar="TEXT", help="What you see, in your own words."),
    click.option(
        "--trace",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="A wire log that the console exported.",
    ),
    click.option("--url", metavar="URL", help="The running application, to be asked as well."),
    click.option(
        "--token",
        envvar="CHATKIT_AGENT_TOKEN",
        metavar="TOKEN",
        help="A user's token: for one short turn at --url, and for the MCP server with --boot.",
    ),
    click.option("--boot", is_flag=True, help="Start a copy in the sandbox, and ask it."),
    *BOOTED,
    click.option("--fix", is_flag=True, help="Make the edits that fix what was found."),
    YES,
    ALLOW_DIRTY,
    *RULES,
    FORMAT,
    AS_JSON,
)
@answers
def doctor(
    path: Path,
    log: BinaryIO | None,
    fix: bool,
    yes: bool,
    allow_dirty: bool,
    form: str | None,
    as_json: bool,
    **asked: Any,
) -> int:
    """Find what is wrong with the chat at PATH, whoever wrote it, and say how to fix it.

    Writes nothing, except with --fix, which shows the diff and asks first.
    """
    quiet = as_json or form not in (None, "text")

    from chatkit_agent.api import Looking, diagnose
    from chatkit_agent.output import terminal

    agree_to(asked["own_services"], yes=yes)
    looking = Looking(log=(log.name.strip("<>"), log.read()) if log else None, **asked)
    with terminal.working("Reading the project", say) as progress:
        document = diagnose(path, looking, progress)
    if fix and (edits := edits_of(document)):
        if not quiet:
            terminal.show(terminal.diagnosis(document))
        document = fixed(path, looking, edits, yes, allow_dirty, quiet)
    elif fix and document.findings:
        say("No edit fixes what was found; do what each fix says.")
    show_findings(document, terminal.diagnosis(document), as_json, form)
    return BY_OUTCOME[document.outcome]


@click.command(cls=Command)
@options(click.argument("codes", nargs=-1, metavar="[CODE]..."), AS_JSON)
@answers
def rule(codes: tuple[str, ...], as_json: bool) -> int:
    """Say what the rules of `doctor` and `verify` are for, and how to accept what they find.

    CODE is a code, the beginning of one, or a name: CK203, CK2 or tool_calls_not_repeated.
    """
    from chatkit_agent.api import explain_rules
    from chatkit_agent.output import terminal

    document = explain_rules(codes)
    show(document, terminal.rules(document), as_json)
    return DONE


def edits_of(document: DoctorDocument) -> list[str]:
    return list(dict.fromkeys(each.edit for each in document.findings if each.edit))


def fixed(
    path: Path, looking: Looking, edits: list[str], yes: bool, allow_dirty: bool, as_json: bool
) -> DoctorDocument:
    """What is left when the edits were shown, confirmed and made."""
    from chatkit_agent.api import apply_fixes, diagnose, plan_fixes
    from chatkit_agent.output import terminal

    planned = plan_fixes(path, edits, looking.app)
    if not as_json:
        terminal.show(terminal.fixes(planned))
    if planned.changes and not yes:
        confirm(f"Write these {len(planned.changes)} files?")
    made = apply_fixes(path, planned.plan_id, edits, looking.app, allow_dirty=allow_dirty)
    # The log and the trace tell of what was before.
    now = replace(looking, log=None, trace=None)
    with terminal.working("Looking again", say) as progress:
        return diagnose(path, now, progress).model_copy(update={"fixes": made})
