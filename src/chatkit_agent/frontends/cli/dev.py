"""The command `dev`: the application as it is, and a console to look into it."""

from __future__ import annotations

from pathlib import Path

import click

from chatkit_agent.frontends.cli.answering import DONE, answers, say
from chatkit_agent.frontends.cli.options import BOOTED, PROJECT, options

PYTHON, ENV_FILE, _ = BOOTED


@click.command()
@options(
    PROJECT,
    PYTHON,
    ENV_FILE,
    click.option("--port", default=0, help="The console's port; by default a free one."),
    click.option("--app-port", default=0, help="The application's port; by default a free one."),
    click.option("--fresh", is_flag=True, help="Forget the conversations of earlier runs."),
    click.option("--prompt", "prompts", multiple=True, help="Suggest this to begin with."),
    click.option("--no-open", is_flag=True, help="Print the console's URL and open no browser."),
)
@answers
def dev(
    path: Path,
    python: Path | None,
    env_file: Path | None,
    port: int,
    app_port: int,
    fresh: bool,
    prompts: tuple[str, ...],
    no_open: bool,
) -> int:
    """Run the application with all that its chat needs, and open the console.

    PostgreSQL, the model and the MCP server are yours where you have set them, else stand-ins
    that need no account. The application runs in its own environment and folder, with reload.
    """
    from chatkit_agent.api import Running, develop
    from chatkit_agent.frontends.console.serving import serve_console

    named = {"--python": python, "--env-file": env_file}
    given = [(name, str(value)) for name, value in named.items() if value]
    try:
        with develop(path, Running(python, env_file, say), fresh, app_port) as development:
            serve_console(
                development,
                port,
                say,
                opens=not no_open,
                prompts=prompts,
                verifying=[part for each in given for part in each],
            )
    except KeyboardInterrupt:
        say("Ended.")
    return DONE
