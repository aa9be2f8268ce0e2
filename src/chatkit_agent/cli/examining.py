"""The command that finds out what is wrong with a chat: doctor."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import click

from chatkit_agent.cli.answering import DONE, FINDINGS, run, say, show
from chatkit_agent.cli.options import APP, AS_JSON, PROJECT, options


@click.command()
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
        help="A user's token for --url; one short turn is run with it.",
    ),
    AS_JSON,
)
def doctor(
    path: Path,
    app: str | None,
    log: BinaryIO | None,
    symptom: str | None,
    trace: Path | None,
    url: str | None,
    token: str | None,
    as_json: bool,
) -> None:
    """Find what is wrong with the chat at PATH, whoever wrote it, and say how to mend it."""

    def work() -> int:
        from chatkit_agent import Looking, terminal
        from chatkit_agent.verbs import diagnose

        looking = Looking(
            app=app,
            log=(log.name, log.read()) if log else None,
            trace=trace,
            symptom=symptom,
            url=url,
            token=token,
        )
        document = diagnose(path, looking, say)
        show(document, terminal.diagnosis(document), as_json)
        return DONE if document.healthy else FINDINGS

    run(work, as_json)
