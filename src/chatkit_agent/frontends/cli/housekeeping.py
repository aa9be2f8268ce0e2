"""The commands for the tool itself: completion, cache."""

from __future__ import annotations

from typing import Literal

import click
from click.shell_completion import get_completion_class

from chatkit_agent.frontends.cli.answering import say

VARIABLE = "_CHATKIT_AGENT_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: Literal["bash", "zsh", "fish"]) -> None:
    """Print what completes this command in SHELL.

    For bash: `chatkit-agent completion bash >> ~/.bashrc`; zsh and fish likewise.
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"There is no completion for {shell}.")
    click.echo(kind(context.find_root().command, {}, "chatkit-agent", VARIABLE).source())


@click.group()
def cache() -> None:
    """Environments and PostgreSQL binaries that later runs use again."""


@cache.command()
def clean() -> None:
    """Remove everything that is kept between runs; the next run makes it anew."""
    from chatkit_agent.api import clean_cache

    folder, size = clean_cache()
    say(f"Removed {size / 1e6:,.0f} MB from {folder}." if size else f"{folder} is empty.")
