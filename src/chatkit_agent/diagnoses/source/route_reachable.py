"""Nothing in front of the chat's route answers in its place."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations
from chatkit_agent.reading import syntax
from chatkit_agent.reading.scopes import Call, Scope


def route_reachable(observations: Observations) -> Iterator[Finding]:
    """What is mounted at the root of an application answers everything that comes behind it."""
    chat = observations.chat
    for wall in chat.code.calls:
        if wall.method != "mount" or syntax.text(wall.argument("path", 0)) not in ("", "/"):
            continue
        line = chat.code.line(wall.scope.file, wall.node)
        later = [each for each in _routes(observations, wall) if each[0] > line]
        if later:
            yield Finding(
                what="The chat's route is never reached: what is mounted at `/` answers in its "
                "place, with 404 or 405.",
                where=f"{wall.scope.file}:{later[0][0]}",
                evidence=f"`{syntax.code(wall.node)[:80]}` stands before it, at "
                f"{wall.scope.file}:{line}.",
                fix="Move the chat's line above that mount.",
                cause="route behind",
                explains=("not_found",),
            )


def _routes(observations: Observations, wall: Call) -> Iterator[tuple[int, Scope | Call]]:
    """The lines in the same scope that give the same application the chat's route."""
    code = observations.chat.code
    for call in code.calls:
        is_include = call.written == f"{wall.receiver}.include_router"
        given = call.argument("router", 0)
        is_chats = given is not None and "chat" in syntax.code(given).lower()
        if call.scope is wall.scope and is_include and is_chats:
            yield code.line(call.scope.file, call.node), call
    for endpoint in observations.chat.endpoints:
        if endpoint.outer is wall.scope and isinstance(endpoint.node, cst.FunctionDef):
            marks = [syntax.code(each.decorator) for each in endpoint.node.decorators]
            if any(mark.startswith(f"{wall.receiver}.") for mark in marks):
                yield code.line(endpoint.file, endpoint.node.name), endpoint
