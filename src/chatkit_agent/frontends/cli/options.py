"""The options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from chatkit_agent.api import RequestedOptions, Running

Command = TypeVar("Command", bound=Callable[..., Any])

PROJECT = click.argument(
    "path", type=click.Path(exists=True, file_okay=False, path_type=Path), default="."
)
ALLOW_DIRTY = click.option("--allow-dirty", is_flag=True, help="Write over uncommitted changes.")
MARKERS = click.option(
    "--markers",
    is_flag=True,
    help="Where your edits overlap, write both versions with conflict markers.",
)
YES = click.option("--yes", "-y", is_flag=True, help="Apply without asking.")
RULES = (
    click.option(
        "--select",
        metavar="CODE",
        multiple=True,
        help="Only these rules, such as CK2 or CK101,CK203.",
    ),
    click.option("--ignore", metavar="CODE", multiple=True, help="All rules but these."),
)
FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "github"]),
    help="SARIF is for code scanning, github for the annotations of a workflow.",
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Give one JSON document.")


def without_call(_context: object, _option: object, ref: str | None) -> str | None:
    """Gunicorn calls a factory in its reference, such as `app.main:create_app()`."""
    return ref.removesuffix("()") if ref else ref


APP = click.option(
    "--app",
    metavar="MODULE:ATTR",
    callback=without_call,
    help="The application, as uvicorn takes it.",
)
WITH = click.option("--with", "features", metavar="NAME,...", help="Optional modules to deliver.")
CI = click.option("--ci", is_flag=True, help="Also a GitHub Actions workflow that checks the chat.")
ASKED = (
    APP,
    click.option(
        "--mode",
        type=click.Choice(["auto", "in-process", "sidecar"]),
        default="auto",
        show_default=True,
        help="The chat in the application, or as a service beside it.",
    ),
    click.option(
        "--tools",
        metavar="mcp|routes[:...]|none",
        default="mcp",
        show_default=True,
        help="Where tools come from: an MCP server, or the application's own routes, called as "
        "the person who asks: all that read, or such as 'routes:GET,POST /tasks'.",
    ),
    click.option("--mcp-url", metavar="URL", help="The MCP server whose tools the chat calls."),
    click.option(
        "--auth",
        type=click.Choice(["auto", "existing", "jwt", "none"]),
        default="auto",
        show_default=True,
        help="Who the user is: the app's own dependency, a verified JWT, or nobody.",
    ),
    click.option(
        "--current-user",
        metavar="MODULE:NAME",
        help="The app's own dependency that gives the signed-in user.",
    ),
    click.option(
        "--token",
        type=click.Choice(["auto", "header", "argument", "prompt"]),
        default="auto",
        show_default=True,
        help="How the user's token reaches the MCP tools.",
    ),
    click.option("--env-prefix", metavar="NAME", help="Such as TASKFLOW for TASKFLOW_CHATKIT_*."),
    click.option("--schema", metavar="NAME", help="PostgreSQL schema of the chat's tables."),
    click.option(
        "--edits",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="JSON list of edits in place of those that are left to be made by hand.",
    ),
    click.option(
        "--path",
        "route",
        metavar="PATH",
        default="/chatkit",
        show_default=True,
        help="The chat's route.",
    ),
    click.option(
        "--page",
        type=click.Choice(["panel", "none"]),
        default="panel",
        show_default=True,
        help="A page with the chat, or none.",
    ),
    click.option("--page-path", metavar="PATH", help="The page's route.  [default: /chat]"),
    click.option(
        "--runtime",
        type=click.Choice(["vendored", "package"]),
        default="vendored",
        show_default=True,
        help="The machinery in your project, or as the package chatkit-agent-runtime.",
    ),
    click.option(
        "--reference",
        metavar="PATH",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="A folder with a chat whose choices to follow, such as ../rag-agent.",
    ),
    WITH,
)
CHANGED = (
    click.option(
        "--tools",
        metavar="mcp|routes[:...]|none",
        help="Where the tools come from, from now on.",
    ),
    click.option("--mcp-url", metavar="URL", help="The MCP server whose tools the chat calls."),
    click.option(
        "--auth",
        type=click.Choice(["auto", "existing", "jwt", "none"]),
        help="Who the user is from now on.",
    ),
    click.option(
        "--current-user",
        metavar="MODULE:NAME",
        help="The app's own dependency that gives the signed-in user from now on.",
    ),
    click.option(
        "--token",
        type=click.Choice(["auto", "header", "argument", "prompt"]),
        help="How the user's token reaches the MCP tools from now on.",
    ),
    click.option("--env-prefix", metavar="NAME", help="Such as TASKFLOW for TASKFLOW_CHATKIT_*."),
    click.option("--schema", metavar="NAME", help="PostgreSQL schema of the chat's tables."),
    click.option("--path", "route", metavar="PATH", help="The chat's route."),
    click.option("--page", type=click.Choice(["panel", "none"]), help="A page, or none."),
    click.option("--page-path", metavar="PATH", help="The page's route."),
    click.option(
        "--runtime",
        type=click.Choice(["vendored", "package"]),
        help="The machinery in your project, or as a package.",
    ),
    click.option("--with", "features", metavar="NAME,...", help="Optional modules to add."),
    click.option("--without", metavar="NAME,...", help="Optional modules to take out."),
    click.option("--ci/--no-ci", default=None, help="A GitHub Actions workflow, or none."),
)
"""The options of `add` that a chat which is there can change; what is not given stays."""
BOOTED = (
    click.option(
        "--python",
        metavar="PATH",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="The project's interpreter.",
    ),
    click.option(
        "--env-file",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Variables that the application needs to start; its services stay out of reach.",
    ),
    click.option(
        "--own-services",
        metavar="NAME,...",
        default="",
        callback=lambda _context, _option, listed: names(listed),
        help="Variables or HOST:PORT of yours that the application may reach for real; asks first.",
    ),
)


def options(*decorators: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


def requested_of(
    route: str, features: str | None, edits: Path | None, **asked: Any
) -> RequestedOptions:
    from chatkit_agent.api import RequestedOptions, proposed_edits

    proposed = proposed_edits(edits.read_text(encoding="utf-8")) if edits else ()
    return RequestedOptions(path=route, features=names(features), edits=proposed, **asked)


def running_of(
    python: Path | None, env_file: Path | None, own_services: tuple[str, ...], *, yes: bool
) -> Running:
    from chatkit_agent.api import Running
    from chatkit_agent.frontends.cli.answering import say

    agree_to(own_services, yes=yes)
    return Running(python, env_file, say, own_services)


def agree_to(own_services: tuple[str, ...], *, yes: bool) -> None:
    """Say what --own-services means, and ask.

    Raises:
        Refused: the answer is no, or there is nobody to ask.
    """
    if not own_services:
        return
    from chatkit_agent.api import OWN_SERVICES
    from chatkit_agent.frontends.cli.answering import confirm, say

    say(OWN_SERVICES.format(names=", ".join(own_services)))
    if not yes:
        confirm("Go on?")


def names(listed: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (listed or "").split(",") if name.strip())
