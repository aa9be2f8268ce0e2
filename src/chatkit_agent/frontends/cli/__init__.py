"""The command line: arguments in, text or one JSON document out."""

from __future__ import annotations

import click

from chatkit_agent.frontends.cli.advising import guide
from chatkit_agent.frontends.cli.asking import ask
from chatkit_agent.frontends.cli.examining import doctor
from chatkit_agent.frontends.cli.integrating import add, inspect, plan
from chatkit_agent.frontends.cli.proving import verify
from chatkit_agent.frontends.cli.serving import install, serve_tools
from chatkit_agent.frontends.cli.undo import undo
from chatkit_agent.frontends.cli.update import update


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="chatkit-integration-agent")
def main() -> None:
    """Add a streaming, persistent, tool-calling chat to a FastAPI application, and prove it.

    Exit status: 0 done or healthy; 1 findings, or the verification failed; 2 wrong usage;
    3 refused, nothing was written.
    """


for command in (inspect, plan, guide, add, undo, update, verify, doctor, ask, serve_tools, install):
    main.add_command(command)
