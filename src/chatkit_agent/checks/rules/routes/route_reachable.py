"""Nothing in front of the chat's route answers in its place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call, Code
from chatkit_agent.project.source.folders import is_side_file
from chatkit_agent.project.source.meaning import texts_of
from chatkit_agent.project.source.routers import Place, made_by, places
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import decorating, receiver_of

EVERYTHING = re.compile(r"/?\{\w+:path\}")


@check("CK604", needs=PROJECT, symptoms=("not_found", "silent"))
def route_reachable(evidence: Evidence) -> Iterator[Finding]:
    """What is mounted at `/` answers everything that is included behind it."""
    chat = _with_catch_alls(evidence)
    code = chat.code
    ours = [
        place
        for endpoint in chat.endpoints
        for mark in chat.route_marks(endpoint)
        for place in places(code, mark.scope, mark.owner, mark.call.node)
    ]
    for call in filter(_takes_all, code.calls):
        for scope, owner, node in _places_at_root(call):
            line = code.line(scope.file, node)
            lines = (code.line(scope.file, n) for s, o, n in ours if s is scope and o == owner)
            if later := sorted(each for each in lines if each > line):
                yield _finding(call, f"{scope.file}:{line}", f"{scope.file}:{later[0]}")
                break


def _with_catch_alls(evidence: Evidence) -> Anatomy:
    """The routes of the rest of the application are no part of the chat, but for these."""
    code, known = evidence.chat.code, set(evidence.chat.code.files)
    more = [e for e in evidence.sources.holding(b":path}") if not (e in known or is_side_file(e))]
    return Anatomy(Code(evidence.sources, (*code.files, *more))) if more else evidence.chat


def _places_at_root(call: Call) -> Iterator[Place]:
    owner = receiver_of(call.node.func)
    made = made_by(call.code, call.scope, owner)
    for place in places(call.code, _around(call), owner, call.node):
        around = call.code.call_of(place[2])
        if any(each and each.argument("prefix") is not None for each in (made, around)):
            return
        yield place


def _finding(call: Call, before: str, where: str) -> Finding:
    is_mount = call.method == "mount"
    what = "what is mounted at `/`" if is_mount else "a route that takes every path"
    return Finding(
        explains=("not_found",) if is_mount else ("not_found", "silent"),
        what=f"The chat's route is never reached: {what} answers in its place"
        f"{', with 404 or 405' if is_mount else ''}.",
        where=where,
        evidence=f"`{syntax.code(call.node)[:80]}` stands before it, at {before}.",
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


def _around(catch_all_route: Call) -> Scope:
    """A decorator stands where its function does."""
    scope = catch_all_route.scope
    is_mark = catch_all_route.node in decorating(scope.node)
    return scope.outer if is_mark and scope.outer else scope
