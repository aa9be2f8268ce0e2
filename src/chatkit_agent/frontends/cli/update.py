"""The command `update`: this version, or other options, for a chat that is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from chatkit_agent.frontends.cli.answering import DONE, FINDINGS, answers, show
from chatkit_agent.frontends.cli.help import Command
from chatkit_agent.frontends.cli.options import (
    ALLOW_DIRTY,
    AS_JSON,
    CHANGED,
    MARKERS,
    PROJECT,
    names,
    options,
)


@click.command(cls=Command)
@options(PROJECT, *CHANGED, ALLOW_DIRTY, MARKERS, AS_JSON)
@answers
def update(path: Path, allow_dirty: bool, markers: bool, as_json: bool, **asked: Any) -> int:
    """Bring the delivered code up to this version, with the options that it has or others."""
    from chatkit_agent.api import unheard, update_integration
    from chatkit_agent.output import terminal

    wanted = options_of(**asked)
    with terminal.working("Merging this version into what is there", unheard):
        document = update_integration(path, wanted, allow_dirty=allow_dirty, markers=markers)
    show(document, terminal.updated(document), as_json)
    return FINDINGS if document.conflicts else DONE


def options_of(
    route: str | None, features: str | None, without: str | None, **asked: Any
) -> dict[str, Any]:
    """The options that were given, by the names that a request has for them."""
    given = {"path": route, "features": names(features), "without": names(without), **asked}
    return {name: value for name, value in given.items() if value not in (None, ())}
