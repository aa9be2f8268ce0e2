"""Routers: which objects have the chat's routes, and where these become a part of others."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.project.source.anatomy import ROUTES, Anatomy
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.scopes import Call, Code
from chatkit_agent.project.source.walking import receiver_of

HOPS = 4


def route_marks(endpoint: Scope) -> Iterator[tuple[cst.Call, cst.BaseExpression]]:
    """The decorators that give a function its routes, and the object of each."""
    for mark in endpoint.node.decorators if isinstance(endpoint.node, cst.FunctionDef) else ():
        call = mark.decorator
        func = call.func if isinstance(call, cst.Call) else None
        if isinstance(call, cst.Call) and isinstance(func, cst.Attribute):
            yield from ((call, func.value),) if func.attr.value in ROUTES else ()


def made_by(code: Code, scope: Scope, node: cst.BaseExpression | None) -> Call | None:
    """The call that makes an object, such as `FastAPI()` or `APIRouter()`."""
    return code.call_of(code.value(scope, node))


def routers(chat: Anatomy) -> tuple[Call, ...]:
    """What makes the routers that have the chat's routes."""
    found = [
        made
        for endpoint in chat.endpoints
        for _, owner in route_marks(endpoint)
        if (made := made_by(chat.code, endpoint.outer or endpoint, owner)) is not None
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


def leads_to(code: Code, call: Call, made: Call, hops: int = HOPS) -> bool:
    """Whether a call includes a router, or another that it is included in."""
    if includes(code, call, made) or not hops:
        return includes(code, call, made)
    around = (made_by(code, e.scope, receiver_of(e.node.func)) for e in including(code, made))
    return any(leads_to(code, call, e, hops - 1) for e in around if e and e.method == "APIRouter")


def including(code: Code, made: Call) -> Iterator[Call]:
    return (call for call in code.calls if includes(code, call, made))


def _hands_on(code: Code, call: Call, maker: Scope, hops: int = HOPS) -> bool:
    """Whether a function is the maker of a router, or hands on what that gives."""
    called = code.called(call)
    if called is None or called is maker or not hops:
        return called is maker
    return any(_hands_on(code, each, maker, hops - 1) for each in code.inside(called))
