"""Routers: which objects have the chat's routes, and the whole addresses that these get."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call, Code
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import receiver_of

HOPS = 4


def made_by(code: Code, scope: Scope, node: cst.BaseExpression | None) -> Call | None:
    """The call that makes an object, such as `FastAPI()` or `APIRouter()`."""
    return code.call_of(code.value(scope, node))


def routers(chat: Anatomy) -> tuple[Call, ...]:
    """What makes the routers that have the chat's routes."""
    found = [
        made
        for endpoint in chat.endpoints
        for mark in chat.route_marks(endpoint)
        if (made := made_by(chat.code, mark.scope, mark.owner)) is not None
    ]
    return tuple(each for each in dict.fromkeys(found) if each.method == "APIRouter")


def includes(code: Code, call: Call, made: Call) -> bool:
    """Whether a call includes a router, or what a function gives that makes it."""
    if call.method != "include_router":
        return False
    given = code.value(call.scope, call.argument("router", 0))
    inner = code.call_of(given)
    maker = made.scope.function
    if given is made.node or maker is None or inner is None:
        return given is made.node
    return _hands_on(code, inner, maker)


Place = tuple[Scope, str, cst.CSTNode]


def places(
    code: Code, scope: Scope, owner: cst.BaseExpression | None, node: cst.CSTNode, hops: int = HOPS
) -> Iterator[Place]:
    """Where an application or a router is given something: there, where that router is included,
    and where a function is called that does it to what it is given.
    """
    name = syntax.dotted(owner)
    if owner is None or name is None or not hops:
        return
    yield scope, name, node
    made = made_by(code, scope, owner)
    for call in including(code, made) if made and made.method == "APIRouter" else ():
        yield from places(code, call.scope, receiver_of(call.node.func), call.node, hops - 1)
    function = scope.function
    if function is not None and name in function.parameters:
        for call in code.called_by.get(function, ()):
            given = code.passed(call, function, name)
            yield from places(code, call.scope, given, call.node, hops - 1)


def including(code: Code, made: Call) -> Iterator[Call]:
    return (call for call in code.calls if includes(code, call, made))


def _hands_on(code: Code, call: Call, maker: Scope, hops: int = HOPS) -> bool:
    """Whether a function is the maker of a router, or hands on what that gives."""
    called = code.called(call)
    if called is None or called is maker or not hops:
        return called is maker
    return any(_hands_on(code, each, maker, hops - 1) for each in code.inside(called))


def addresses(chat: Anatomy) -> frozenset[str]:
    """Empty where they cannot be told, as behind a mount or a prefix that is computed."""
    found: set[str] = set()
    for endpoint in chat.endpoints:
        own = _of_route(chat, endpoint)
        if own is None:
            return frozenset()
        found |= own
    return frozenset(each.rstrip("/") or "/" for each in found)


def _of_route(chat: Anatomy, endpoint: Scope) -> set[str] | None:
    found: set[str] = set()
    for mark in chat.route_marks(endpoint):
        path = mark.path
        before = _before(chat, mark.scope, mark.owner)
        if path is None or before is None:
            return None
        found |= {f"{each}{path}" for each in before}
    return found or None


def _before(
    chat: Anatomy, scope: Scope, router: cst.BaseExpression, hops: int = HOPS
) -> set[str] | None:
    """What stands before the paths of a router, once for each time that it is included."""
    made = made_by(chat.code, scope, router)
    if made is None or not hops:
        return None
    if made.method == "FastAPI" or made.method != "APIRouter":
        is_mounted = any(each.method == "mount" and _is_app(chat, each) for each in chat.code.calls)
        return None if is_mounted or made.argument("root_path") is not None else {""}
    own = _prefix(made)
    found: set[str] = set()
    for call in including(chat.code, made):
        prefix = _prefix(call)
        outer = receiver_of(call.node.func)
        before = _before(chat, call.scope, outer, hops - 1) if outer is not None else None
        if before is None or prefix is None or own is None:
            return None
        found |= {f"{each}{prefix}{own}" for each in before}
    return found or None


def _is_app(chat: Anatomy, call: Call) -> bool:
    """`mount("/api", app)` of an application, and not of files."""
    made = made_by(chat.code, call.scope, call.argument("app", 1))
    return made is None or made.method == "FastAPI"


def _prefix(call: Call) -> str | None:
    return "" if call.argument("prefix") is None else call.text("prefix")
