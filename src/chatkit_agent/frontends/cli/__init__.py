"""The command line: arguments in, text or one JSON document out."""

from __future__ import annotations

import shutil

import click

from chatkit_agent.frontends.cli.answering import write_anything
from chatkit_agent.frontends.cli.ask import ask
from chatkit_agent.frontends.cli.dev import dev
from chatkit_agent.frontends.cli.doctor import doctor, rule
from chatkit_agent.frontends.cli.for_agents import install, serve_tools
from chatkit_agent.frontends.cli.guide import guide
from chatkit_agent.frontends.cli.help import Commands
from chatkit_agent.frontends.cli.housekeeping import cache, completion
from chatkit_agent.frontends.cli.integrating import add, inspect, plan
from chatkit_agent.frontends.cli.undo import undo
from chatkit_agent.frontends.cli.update import update
from chatkit_agent.frontends.cli.verify import verify

NARROW, NARROWEST = 60, 30


def narrow() -> int | None:
    """The width of a terminal that is narrower than click believes one to be."""
    columns = shutil.get_terminal_size().columns
    return max(columns - 1, NARROWEST) if columns < NARROW else None


EXITS = """Exit status: 0 done or healthy; 1 findings, or a check failed; 2 wrong usage;
3 refused, nothing was written; 4 inconclusive: not everything was seen."""


@click.group(
    cls=Commands,
    epilog=EXITS,
    context_settings={"help_option_names": ["-h", "--help"], "terminal_width": narrow()},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=lambda context, _option, wanted: show_version(context) if wanted else None,
    help="Show the version and the environment, and exit.",
)
def main() -> None:
    """Add a streaming, persistent, tool-calling chat to a FastAPI application, and check it.

    To begin: `chatkit-agent add` in your project's folder. It shows a plan and asks.
    """
    write_anything()


def show_version(context: click.Context) -> None:
    from chatkit_agent.frontends.own_installation import version_text

    click.echo(version_text())
    context.exit()


COMMANDS = (
    inspect,
    plan,
    guide,
    add,
    undo,
    update,
    verify,
    dev,
    doctor,
    rule,
    ask,
    serve_tools,
    install,
    completion,
    cache,
)
for command in COMMANDS:
    main.add_command(command)
