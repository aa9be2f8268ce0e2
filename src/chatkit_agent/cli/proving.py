"""The commands that look at a chat and judge it: verify."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from chatkit_agent.cli.answering import DONE, FINDINGS, run, show
from chatkit_agent.cli.options import (
    AS_JSON,
    ASKED,
    BOOTED,
    PROJECT,
    options,
    request_of,
    running_of,
)


@click.command()
@options(
    PROJECT,
    *ASKED,
    *BOOTED,
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
    AS_JSON,
)
def verify(
    path: Path,
    python: Path | None,
    env_file: Path | None,
    report: Path | None,
    junit: Path | None,
    as_json: bool,
    **asked: Any,
) -> None:
    """Boot the application and prove the chat: streaming, persistence, isolation, tools."""

    def work() -> int:
        from chatkit_agent import terminal
        from chatkit_agent.reports import check_report, write_reports
        from chatkit_agent.verbs import verify_integration

        check_report(report)
        document = verify_integration(path, request_of(**asked), running_of(python, env_file))
        write_reports(document, report, junit)
        show(document, terminal.verification(document), as_json)
        return DONE if document.ok else FINDINGS

    run(work, as_json)
