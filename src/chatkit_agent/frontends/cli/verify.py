"""The command `verify`: every check of a chat, in the sandbox."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from chatkit_agent.frontends.cli.answering import BY_OUTCOME, answers, confirm, say, show_findings
from chatkit_agent.frontends.cli.help import Command
from chatkit_agent.frontends.cli.options import (
    AS_JSON,
    ASKED,
    BOOTED,
    FORMAT,
    PROJECT,
    RULES,
    YES,
    options,
    requested_of,
    running_of,
)

COSTS = (
    "--live asks the project's own model 7 questions at its owner's cost, 7 to 14 requests as long "
    "as no tool is used. It makes a schema of its own in the project's database and drops it "
    "afterwards; it asks the MCP server for its tools, and asks the model not to use them."
)


@click.command(cls=Command)
@options(
    PROJECT,
    *ASKED,
    *BOOTED,
    click.option(
        "--live", is_flag=True, help="With the project's own database, MCP server and model."
    ),
    YES,
    click.option(
        "--report",
        metavar="FILE",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Write a report, as Markdown (.md) or as an HTML page (.html).",
    ),
    click.option(
        "--junit",
        metavar="FILE",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Write JUnit XML, for continuous integration.",
    ),
    *RULES,
    FORMAT,
    AS_JSON,
)
@answers
def verify(
    path: Path,
    python: Path | None,
    env_file: Path | None,
    own_services: tuple[str, ...],
    live: bool,
    yes: bool,
    report: Path | None,
    junit: Path | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    form: str | None,
    as_json: bool,
    **asked: Any,
) -> int:
    """Boot the application and check the chat: streaming, persistence, isolation, tools."""
    from chatkit_agent.api import verify_integration
    from chatkit_agent.output import terminal
    from chatkit_agent.output.reports import check_report, write_reports

    check_report(report)
    if live:
        say(COSTS)
    if live and not yes:
        confirm("Go on?")
    running = running_of(python, env_file, own_services, yes=yes)
    wanted = requested_of(**asked)
    with terminal.working("Reading the project", say) as progress:
        running = replace(running, progress=progress)
        document = verify_integration(
            path, wanted, running, live=live, select=select, ignore=ignore
        )
    write_reports(document, report, junit)
    show_findings(document, terminal.verification(document), as_json, form)
    return BY_OUTCOME[document.outcome]
