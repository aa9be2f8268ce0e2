"""Nothing in front of the chat's route answers in its place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.meaning import texts_of
from chatkit_agent.project.source.routers import leads_to, routers
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.scopes import Call
from chatkit_agent.project.source.walking import decorating

EVERYTHING = re.compile(r"/?\{\w+:path\}")


@check("CK604", needs=PROJECT, symptoms=("not_found", "silent"))
def route_reachable(evidence: Evidence) -> Iterator[Finding]:
    """What is mounted at `/` answers everything that is included behind it."""
    chat = evidence.chat
    for catch_all_route in chat.code.calls:
        if not _takes_all(catch_all_route):
            continue
        line = chat.code.line(catch_all_route.scope.file, catch_all_route.node)
        later = [each for each in _routes(evidence, catch_all_route) if each[0] > line]
        if later:
            yield Finding(
                explains=("not_found",)
                if catch_all_route.method == "mount"
                else ("not_found", "silent"),
                what="The chat's route is never reached: what is mounted at `/` answers in its "
                "place, with 404 or 405."
                if catch_all_route.method == "mount"
                else "The chat's route is never reached: a route that takes every path answers in "
                "its place.",
                where=f"{catch_all_route.scope.file}:{later[0][0]}",
                evidence=f"`{syntax.code(catch_all_route.node)[:80]}` stands before it, at "
                f"{catch_all_route.scope.file}:{line}.",
                fix="Move the chat's line above that.",
                cause="route behind",
            )


def _takes_all(catch_all_route: Call) -> bool:
    """`app.mount("/", ...)`, or a route of whatever path that takes POST."""
    path = catch_all_route.text("path", 0)
    if catch_all_route.method == "mount":
        return path in ("", "/")
    methods = texts_of(
        catch_all_route.code, catch_all_route.scope, catch_all_route.argument("methods")
    )
    posts = catch_all_route.method == "post" or "post" in (methods or ())
    is_route = catch_all_route.method in ("post", "api_route", "route", "add_api_route")
    return is_route and posts and EVERYTHING.fullmatch(path or "") is not None


def _around(catch_all_route: Call) -> Scope | None:
    """A decorator stands where its function does."""
    scope = catch_all_route.scope
    return scope.outer if catch_all_route.node in decorating(scope.node) else scope


def _routes(evidence: Evidence, catch_all_route: Call) -> Iterator[tuple[int, Call]]:
    """The lines in the same scope that give the same application the chat's route."""
    chat, around = evidence.chat, _around(catch_all_route)
    owner, code = catch_all_route.receiver, evidence.chat.code
    for call in (each for each in code.calls if each.written == f"{owner}.include_router"):
        if call.scope is around and any(leads_to(code, call, each) for each in routers(chat)):
            yield code.line(call.scope.file, call.node), call
    for mark in (each for one in chat.endpoints for each in chat.route_marks(one)):
        if mark.scope is around and syntax.dotted(mark.owner) == owner:
            yield code.line(around.file, mark.call.node), mark.call
