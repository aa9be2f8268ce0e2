"""Help: commands in the order in which they are needed, and long options by what they are about."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import click

SECTIONS = {
    "Add a chat": {
        "add": "Plan, show, confirm, write, check",
        "plan": "Show what would be changed, where and why",
        "inspect": "Show what is in the project",
        "dev": "Run it with stand-ins for what it needs, and a console",
    },
    "Change it": {
        "guide": "Tell how to do something, in this very project",
        "update": "Bring it up to this version, or to other options",
        "undo": "Take it out again; your own edits stay",
    },
    "Check it": {
        "verify": "Boot the application and check the chat",
        "doctor": "Find what is wrong, and how to fix it",
        "rule": "Explain a rule, such as CK203",
    },
    "In words, and in a coding agent": {
        "ask": "Have a model do it, with your consent",
        "install": "Put skills and MCP server where an agent looks",
        "mcp": "Serve the tools to an agent over stdio",
    },
    "This tool": {
        "completion": "Print what completes commands in a shell",
        "cache": "Remove what is kept between runs",
    },
}
OF_CHAT = {
    *("app", "mode", "tools", "mcp_url", "auth", "current_user", "token", "env_prefix", "schema"),
    *("edits", "route", "page", "page_path", "reference", "features", "without", "ci"),
    "runtime",
}
OF_RUN = {"python", "env_file", "own_services"}
FEW = 12
"""So many options stand in one list."""


def open_streams() -> None:
    """Something to read and to write, where whoever started this closed it, as services do."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # The lowest number that is free is its own, which no file of ours may get.
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115


class Formatter(click.HelpFormatter):
    """Headings and names that the eye finds; click takes the colours out of what is piped."""

    def write_heading(self, heading: str) -> None:
        super().write_heading(click.style(heading, bold=True))

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        coloured = [(click.style(name, fg="cyan"), text) for name, text in rows]
        super().write_dl(coloured, col_max, col_spacing)


class Context(click.Context):
    formatter_class = Formatter


class Commands(click.Group):
    context_class = Context

    def main(self, *args: Any, **given: Any) -> Any:
        open_streams()
        if os.environ.get("NO_COLOR"):
            given["color"] = False
        try:
            return super().main(*args, **given)
        except OSError as error:
            # Of a pipe that nobody reads click takes care.
            if error.errno != errno.ENOSPC or error.filename:
                raise
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            with suppress(OSError):
                click.echo(f"error: The output could not be written: {error.strerror}.", err=True)
            sys.exit(1)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # Beneath each other over all sections, so that the eye finds them.
        widest = max(len(name) for names in SECTIONS.values() for name in names)
        for title, names in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(f"{name:<{widest}}", text) for name, text in names.items()])


class Command(click.Command):
    context_class = Context

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = [each for each in self.get_params(ctx) if isinstance(each, click.Option)]
        given = [(each.name, each.get_help_record(ctx)) for each in options]
        records = [(name, record) for name, record in given if record]
        of_chat = [each for name, each in records if name in OF_CHAT]
        of_run = [each for name, each in records if name in OF_RUN]
        own = [each for name, each in records if name not in OF_CHAT | OF_RUN]
        if len(records) <= FEW:
            own, of_chat, of_run = [each for _, each in records], [], []
        for title, rows in (
            ("Options", own),
            ("What the chat is like", of_chat),
            ("How the application is run", of_run),
        ):
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)
