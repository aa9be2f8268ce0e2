"""Situation: what is the case in a project, as far as it matters for a task."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version

from chatkit_agent.options.features import FEATURES
from chatkit_agent.plan.plan import DISTRIBUTION, Plan
from chatkit_agent.project.manifest import manifest_of


def situation(plan: Plan, facts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(line for name in facts for line in FACTS[name](plan))


def _app(plan: Plan) -> Iterator[str]:
    app = plan.options.app
    yield f"The application is `{app.ref}`, made in `{app.built_in}`."


def _chat(plan: Plan) -> Iterator[str]:
    chat, options = plan.project.chat, plan.options
    place = f"`{options.home}/`" if options.home != "." else "the folder itself"
    if chat.applied:
        yield f"The chat is here: `POST {options.path}`, its code in {place}."
    elif chat.signs:
        yield (
            f"A chat that others wrote is here: {'; '.join(chat.signs)}. It is left as it is; "
            "what follows is how a delivered chat does it."
        )
    elif plan.manual_steps:
        yield "There is no chat here yet, and adding it leaves something to do by hand first."
    else:
        yield (
            f"There is no chat here yet. `chatkit-agent add .` brings it, into {place}; the paths "
            "below are those that it will have."
        )


def _chat_needed(plan: Plan) -> Iterator[str]:
    """For what can only be done to a chat that is there."""
    if plan.project.chat.applied or plan.project.chat.signs:
        yield from _chat(plan)
    else:
        yield "No chat was found here. Add one with `chatkit-agent add .`."


def _sign_in(plan: Plan) -> Iterator[str]:
    options, tokens = plan.options, plan.project.tokens
    user = options.user
    if user is not None:
        found = " or ".join(map(str, user.tokens or user.credentials))
        where = f", by {found}" if found else ""
        yield f"Your own `{user.name}` in `{user.file}` says who the user is{where}."
    elif options.tokens is not None:
        yield f"The application's own tokens are verified here too, as in `{options.tokens.file}`."
    elif options.auth == "jwt":
        yield (
            "The chat verifies a JSON Web Token by itself, with "
            f"`{options.env_prefix}JWT_SECRET` or the keys at `{options.env_prefix}JWKS_URL`; "
            "`sub` names the user."
        )
    elif options.auth == "none":
        yield "Nobody signs in: everybody is one user, on this machine only."
    if user is not None and tokens is not None and tokens.key_variable:
        yield (
            f"Those tokens are verified with `{tokens.key_variable}`, in `{tokens.file}`: the chat "
            "asks the same function, so there is no second secret to set."
        )


def _tools(plan: Plan) -> Iterator[str]:
    options, servers = plan.options, plan.project.mcp_servers
    if options.tools != "mcp" and not options.mcp_url:
        yield f"Tools come from: `--tools {options.tools}`."
    elif options.mcp_url:
        yield f"The MCP server is at `{options.mcp_url}`."
    for each in servers[:3]:
        yield f"`{each.file}` is an MCP server; while it runs here it is at `{each.url}`."
    if not servers and not options.mcp_url and options.tools == "mcp":
        yield (
            "No MCP server was found in this project. Any that speaks streamable HTTP will do; "
            "without one the application's own routes can be the tools (`--tools routes`)."
        )


def _database(plan: Plan) -> Iterator[str]:
    yield (
        f"Conversations go into the schema `{plan.options.schema}` of the PostgreSQL that "
        f"`{plan.options.env_prefix}DATABASE_URL` names; the application's own may be it."
    )


def _page(plan: Plan) -> Iterator[str]:
    options = plan.options
    if options.page == "none":
        yield "There is no page of the chat: `chatkit-agent update . --page panel` brings it."
    else:
        yield f"The page is at `{options.page_path}`, its files in `{options.home}/chatkit_page/`."


def _image(plan: Plan) -> Iterator[str]:
    for each in plan.project.images[:3]:
        yield f"`{each.path}` makes an image of the application."


def _middleware(plan: Plan) -> Iterator[str]:
    for each in plan.project.middlewares[:3]:
        yield f"`{each.name}` in `{each.file}` {each.effect}"


def _version(plan: Plan) -> Iterator[str]:
    manifest, ours = manifest_of(plan.project.root), version(DISTRIBUTION)
    if manifest is not None:
        yield f"It was written by version {manifest.version}; version {ours} is installed."


def _feature(plan: Plan) -> Iterator[str]:
    names = {each.name for each in FEATURES}
    here = [each for each in plan.options.features if each in names]
    if here:
        yield f"Optional modules that are chosen: {', '.join(here)}."


FACTS: Mapping[str, Callable[[Plan], Iterator[str]]] = {
    "app": _app,
    "chat": _chat,
    "chat_needed": _chat_needed,
    "sign_in": _sign_in,
    "tools": _tools,
    "database": _database,
    "page": _page,
    "image": _image,
    "middleware": _middleware,
    "version": _version,
    "feature": _feature,
}
