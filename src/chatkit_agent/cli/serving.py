"""The command that serves the tools to coding agents: mcp."""

from __future__ import annotations

from pathlib import Path

import click

HTTP_PORT = 8765


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
def serve_tools(roots: tuple[Path, ...], http: bool, port: int) -> None:
    """Serve the tools to a coding agent, as an MCP server over stdio.

    It touches only what lies in the roots that the agent gives, and in those of --root. With
    neither, it works in the folder in which it was started.
    """
    from chatkit_agent.mcp_server import serve_http, serve_stdio

    if http:
        click.echo(f"MCP server at http://127.0.0.1:{port}/mcp", err=True)
        serve_http(roots, port)
    else:
        serve_stdio(roots)
