"""The options that a chat in another folder has made, to be followed in this project."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from chatkit_agent.errors import BadOption
from chatkit_agent.options.options import Options, RequestedOptions
from chatkit_agent.project.read import read_project
from chatkit_agent.project.tree import Tree, text_of

PREFIX = re.compile(r"env_prefix\"?\s*[=:]\s*[\"']([A-Z][A-Z0-9_]*?)_?[\"']")
SCHEMA = re.compile(
    r"\bschema(?:_name)?\s*(?::\s*[\w\[\] |]+)?=\s*(?:Field\(\s*(?:default\s*=\s*)?)?"
    r"[\"']([a-z_][a-z0-9_]*)[\"']|create schema (?:if not exists )?([a-z_][a-z0-9_]*)",
    re.IGNORECASE,
)
ROUTE = re.compile(
    r"\.(?:post|route|api_route|add_api_route|add_route)\(\s*[\"']([^\"'\s]*/chatkit)/?[\"']"
)
SENT_HEADER = re.compile(r"X-User-I[dD]|x-user-id|Header\([^)]*user", re.IGNORECASE)
VERIFIED = re.compile(r"\bjwks?\b|\bjwt\.decode\b|HTTPBearer", re.IGNORECASE)
SUFFIX = "_CHATKIT"
SIGN = re.compile(r"(?P<what>.+) in (?P<file>\S+)")

Identity = Literal["dependency", "token", "header"]


@dataclass(frozen=True)
class Template:
    """What was read of the folder. Files are relative to it; None is what was not found."""

    folder: str
    env_prefix: str | None
    schema: str | None
    path: str | None
    store: str | None
    identity: Identity | None


def read_template(folder: Path) -> Template:
    """The options of the chat in `folder`; nothing of it is imported or run.

    Raises:
        BadOption: there is no chat in it.
    """
    project = read_project(folder)
    found = [each for sign in project.chat.signs if (each := SIGN.fullmatch(sign))]
    files = {each["what"].partition(" ")[0]: each["file"] for each in reversed(found)}
    store = files.get("Store")
    if not {"Store", "ChatKitServer", "route"} & files.keys():
        raise BadOption(
            f"--reference {folder}: no chat was found there. Give the folder of a service that has "
            "a ChatKitServer, its store or a route `/chatkit`."
        )
    tree = Tree(folder.resolve())
    beside = _beside(tree, store) if store else ""
    route = _text(tree, files["route"]) if "route" in files else ""
    path = ROUTE.search(route)
    return Template(
        folder=folder.name or folder.resolve().name,
        env_prefix=_prefix(beside) or _prefix("".join(_text(tree, f) for f in files.values())),
        schema=next((a or b for a, b in SCHEMA.findall(beside)), None),
        path=path[1] if path else None,
        store=store,
        identity=_identity(route, [each.name for each in project.auth.dependencies]),
    )


def following(requested: RequestedOptions, pattern: Template) -> RequestedOptions:
    """The request with what the pattern decides and nobody asked for otherwise."""
    route = (
        pattern.path if requested.path == RequestedOptions.path and pattern.path else requested.path
    )
    return replace(requested, path=route)


def report(pattern: Template, asked: RequestedOptions, options: Options) -> tuple[str, ...]:
    """Which of the pattern's choices were followed, in a sentence each."""
    return tuple(f"From `{pattern.folder}`: {each}" for each in _report(pattern, asked, options))


def _report(pattern: Template, asked: RequestedOptions, options: Options) -> Iterator[str]:
    if pattern.path:
        is_asked = asked.path != RequestedOptions.path
        yield _note("the route", pattern.path, options.path, is_asked=is_asked)
    if pattern.env_prefix:
        theirs, ours = f"{pattern.env_prefix}_*", f"{options.env_prefix}*"
        yield _in_form("the variables", theirs, ours, asked.env_prefix, f"{SUFFIX}_*")
    if pattern.schema:
        yield _in_form("the schema", pattern.schema, options.schema, asked.schema, "_chat")
    if pattern.store:
        is_same = pattern.store.split("/")[-2:-1] == ["chatkit_store"]
        here = f"`{options.home}/chatkit_store`"
        yield (
            f"the folders `chatkit_store` and `services`, followed in {here}."
            if is_same
            else f"the store is in `{pattern.store}`; not followed, here it is {here}."
        )
    if pattern.identity:
        yield _signed_in(pattern.identity, options)


def _note(what: str, theirs: str, ours: str, *, is_asked: bool) -> str:
    if theirs == ours:
        return f"{what} `{theirs}`, followed."
    why = "as you asked for" if is_asked else "since that is this project's"
    return f"{what} `{theirs}`; not followed, here it is `{ours}`, {why}."


def _in_form(what: str, theirs: str, ours: str, asked: str | None, form: str) -> str:
    """What has the name of its service in it is never shared, but its form is."""
    if theirs == ours:
        return f"{what} `{theirs}`, followed."
    if asked is not None:
        return f"{what} `{theirs}`; not followed, here `{ours}`, as you asked for."
    if theirs.endswith(form):
        return f"{what} `{theirs}`, followed in form: here `{ours}`."
    return f"{what} `{theirs}`; not followed, since that is its own: here `{ours}`."


def _signed_in(identity: Identity, options: Options) -> str:
    here = {
        "existing": "the application's own sign-in",
        "jwt": "a verified token",
        "none": "nobody signs in",
    }[options.auth]
    if identity == "header":
        return (
            f"who the user is comes from a header that anybody can send; not followed: here {here}."
        )
    there = "its own user dependency" if identity == "dependency" else "a verified token"
    is_same = (identity == "dependency") == (options.auth == "existing")
    return f"users by {there}, {'followed' if is_same else 'not followed'}: here {here}."


def _beside(tree: Tree, store: str) -> str:
    """The text of the folder that the store is in."""
    folder = store.rpartition("/")[0]
    paths = tree.glob(".py", ".sql")
    return "\n".join(_text(tree, path) for path in paths if path.rpartition("/")[0] == folder)


def _text(tree: Tree, path: str) -> str:
    return text_of(tree.read(path))


def _prefix(text: str) -> str | None:
    found = PREFIX.search(text)
    return found[1] if found else None


def _identity(route: str, dependencies: Sequence[str]) -> Identity | None:
    if any(re.search(rf"\b{re.escape(name)}\b", route) for name in dependencies):
        return "dependency"
    if SENT_HEADER.search(route):
        return "header"
    return "token" if VERIFIED.search(route) else None
