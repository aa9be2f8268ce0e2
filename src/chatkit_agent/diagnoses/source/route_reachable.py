"""Nothing in front of the chat's route answers in its place."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.evidence.static import Observations
from chatkit_agent.findings import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.scopes import Call, Scope

EVERYTHING = re.compile(r"/?\{\w+:path\}")


def route_reachable(observations: Observations) -> Iterator[Finding]:
    """What is mounted at the root of an application answers everything that comes behind it."""
    chat = observations.chat
    for wall in chat.code.calls:
        if not _takes_all(wall):
            continue
        line = chat.code.line(wall.scope.file, wall.node)
        later = [each for each in _routes(observations, wall) if each[0] > line]
        if later:
            yield Finding(
                what="The chat's route is never reached: what is mounted at `/` answers in its "
                "place, with 404 or 405."
                if wall.method == "mount"
                else "The chat's route is never reached: a route that takes every path answers in "
                "its place.",
                where=f"{wall.scope.file}:{later[0][0]}",
                evidence=f"`{syntax.code(wall.node)[:80]}` stands before it, at "
                f"{wall.scope.file}:{line}.",
                fix="Move the chat's line above that.",
                cause="route behind",
                explains=("not_found",) if wall.method == "mount" else ("not_found", "silent"),
            )


def _takes_all(wall: Call) -> bool:
    """`app.mount("/", ...)`, or a route of whatever path that takes POST."""
    path = syntax.text(wall.argument("path", 0))
    if wall.method == "mount":
        return path in ("", "/")
    methods = wall.argument("methods")
    posts = wall.method == "post" or (
        methods is not None and "POST" in syntax.code(methods).upper()
    )
    is_route = wall.method in ("post", "api_route", "route", "add_api_route")
    return is_route and posts and EVERYTHING.fullmatch(path or "") is not None


def _around(wall: Call) -> Scope | None:
    """A decorator stands where its function does."""
    node = wall.scope.node
    marks = node.decorators if isinstance(node, cst.FunctionDef) else ()
    return wall.scope.outer if any(each.decorator is wall.node for each in marks) else wall.scope


def _routes(observations: Observations, wall: Call) -> Iterator[tuple[int, Scope | Call]]:
    """The lines in the same scope that give the same application the chat's route."""
    code, around = observations.chat.code, _around(wall)
    for call in code.calls:
        is_include = call.written == f"{wall.receiver}.include_router"
        given = call.argument("router", 0)
        is_chats = given is not None and "chat" in syntax.code(given).lower()
        if call.scope is around and is_include and is_chats:
            yield code.line(call.scope.file, call.node), call
    for endpoint in observations.chat.endpoints:
        if endpoint.outer is around and isinstance(endpoint.node, cst.FunctionDef):
            marks = [syntax.code(each.decorator) for each in endpoint.node.decorators]
            if any(mark.startswith(f"{wall.receiver}.") for mark in marks):
                yield code.line(endpoint.file, endpoint.node.name), endpoint
