"""The commands that tell how to do something: guide."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from chatkit_agent.frontends.cli.answering import DONE, run, show_json, show_text
from chatkit_agent.frontends.cli.options import AS_JSON, ASKED, CI, PROJECT, options, requested_of

TASK = click.argument("task", nargs=-1)


@click.command()
@options(PROJECT, TASK, *ASKED, CI, AS_JSON)
def guide(path: Path, task: tuple[str, ...], as_json: bool, **asked: Any) -> None:
    """Tell how to do TASK in the project at PATH, step by step, as Markdown. Writes nothing.

    TASK is in plain words, such as "Pass auth tokens to MCP tools"; options come before words.
    """

    def work() -> int:
        from chatkit_agent.api import get_guide
        from chatkit_agent.output import terminal

        document = get_guide(path, requested_of(**asked), " ".join(task))
        if as_json:
            show_json(document)
        else:
            show_text(terminal.guide(document))
        return DONE

    run(work, as_json)
