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


def chat_options(*, new: bool) -> tuple[Callable[[Any], Any], ...]:
    """What a chat is like: with defaults for a new one; of one that is there the rest stays."""

    def option(*names: str, default: str | None = None, **more: Any) -> Callable[[Any], Any]:
        usual: dict[str, Any] = (
            {"default": default, "show_default": True} if new and default else {}
        )
        return click.option(*names, **usual, **more)

    return (
        option(
            "--tools",
            metavar="mcp|routes[:...]|none",
            default="mcp",
            help="Where tools come from: an MCP server, or the application's own routes, called as "
            "the person who asks: all that read, or such as 'routes:GET,POST /tasks'.",
        ),
        option("--mcp-url", metavar="URL", help="The MCP server whose tools the chat calls."),
        option(
            "--auth",
            type=click.Choice(["auto", "existing", "jwt", "none"]),
            default="auto",
            help="Who the user is: the app's own dependency, a verified JWT, or nobody.",
        ),
        option(
            "--current-user",
            metavar="MODULE:NAME",
            help="The app's own dependency that gives the signed-in user.",
        ),
        option(
            "--token",
            type=click.Choice(["auto", "header", "argument", "prompt"]),
            default="auto",
            help="How the user's token reaches the MCP tools.",
        ),
        option("--env-prefix", metavar="NAME", help="Such as TASKFLOW for TASKFLOW_CHATKIT_*."),
        option("--schema", metavar="NAME", help="PostgreSQL schema of the chat's tables."),
        option("--path", "route", metavar="PATH", default="/chatkit", help="The chat's route."),
        option(
            "--page",
            type=click.Choice(["panel", "none"]),
            default="panel",
            help="A page with the chat, or none.",
        ),
        option("--page-path", metavar="PATH", help="The page's route, /chat by default."),
        option(
            "--runtime",
            type=click.Choice(["vendored", "package"]),
            default="vendored",
            help="The machinery in your project, or as the package chatkit-agent-runtime.",
        ),
    )


ASKED = (
    APP,
    click.option(
        "--mode",
        type=click.Choice(["auto", "in-process", "sidecar"]),
        default="auto",
        show_default=True,
        help="The chat in the application, or as a service beside it.",
    ),
    *chat_options(new=True),
    click.option(
        "--edits",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="JSON list of edits in place of those that are left to be made by hand.",
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
    *chat_options(new=False),
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

    proposed = proposed_edits(edits.read_bytes()) if edits else ()
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
