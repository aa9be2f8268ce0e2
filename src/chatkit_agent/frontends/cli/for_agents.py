"""The commands for coding agents: mcp, install."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from chatkit_agent.frontends.cli.answering import DONE, answers, say, show
from chatkit_agent.frontends.cli.options import AS_JSON, PROJECT, options

HTTP_PORT = 8765
IN_A_TERMINAL = """\
This is an MCP server: a coding agent starts it and speaks JSON-RPC with it over stdio.
To put it where your agent looks: chatkit-agent install claude (or codex, gemini, cursor, vscode).
To try it by hand over HTTP: chatkit-agent mcp --http. Ctrl-C ends it."""


@click.command("mcp")
@click.option(
    "--root",
    "roots",
    metavar="FOLDER",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder that may be read and written; more than one may be given.",
)
@click.option("--http", is_flag=True, help="Serve streamable HTTP instead of stdio.")
@click.option(
    "--port", default=HTTP_PORT, show_default=True, help="The port of --http, on this machine only."
)
@answers
def serve_tools(roots: tuple[Path, ...], http: bool, port: int) -> int:
    """Serve the tools to a coding agent, as an MCP server over stdio.

    It touches only what lies in the roots that the agent gives, and in those of --root. With
    neither, it works in the folder in which it was started.
    """
    from chatkit_agent.frontends.mcp import serve_http, serve_stdio

    if http:
        serve_http(roots, port, say)
    else:
        if sys.stdin.isatty():
            say(IN_A_TERMINAL)
        serve_stdio(roots)
    return DONE


@click.command()
@click.argument(
    "agent", type=click.Choice(["claude", "codex", "gemini", "cursor", "vscode", "agents"])
)
@options(
    PROJECT,
    click.option(
        "--user/--project",
        default=False,
        help="For all of your projects, or for the one at PATH (the default).",
    ),
    click.option("--remove", is_flag=True, help="Take away exactly what install put there."),
    AS_JSON,
)
@answers
def install(agent: Any, path: Path, user: bool, remove: bool, as_json: bool) -> int:
    """Put the skills, the subagent and the MCP server where a coding agent looks for them."""
    from chatkit_agent.api import install_plugin
    from chatkit_agent.output import terminal

    base = Path.home() if user else path.resolve()
    document = install_plugin(agent, base, user=user, remove=remove)
    show(document, terminal.installed(document), as_json)
    return DONE
