"""Route addresses: the whole paths of the chat's routes, with the prefixes of their routers."""

from __future__ import annotations

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import ROUTES, Anatomy
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.scopes import Call

HOPS = 4


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
    node = endpoint.node
    found: set[str] = set()
    for mark in node.decorators if isinstance(node, cst.FunctionDef) else ():
        call = mark.decorator
        if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute):
            continue
        if call.func.attr.value not in ROUTES:
            continue
        where = endpoint.outer or endpoint
        path = chat.code.text(where, syntax.argument(call, "path", 0))
        before = _before(chat, where, call.func.value)
        if path is None or before is None:
            return None
        found |= {f"{each}{path}" for each in before}
    return found or None


def _before(
    chat: Anatomy, scope: Scope, router: cst.BaseExpression, hops: int = HOPS
) -> set[str] | None:
    """What stands before the paths of a router, once for each time that it is included."""
    made = chat.code.call_of(chat.code.value(scope, router))
    if made is None or not hops:
        return None
    if made.method == "FastAPI" or made.method != "APIRouter":
        is_mounted = any(each.method == "mount" and _is_app(chat, each) for each in chat.code.calls)
        return None if is_mounted or made.argument("root_path") is not None else {""}
    own = _prefix(made)
    included = [each for each in chat.code.calls if _includes(chat, each, made)]
    found: set[str] = set()
    for call in included:
        prefix = _prefix(call)
        func = call.node.func
        outer = func.value if isinstance(func, cst.Attribute) else None
        before = _before(chat, call.scope, outer, hops - 1) if outer is not None else None
        if before is None or prefix is None or own is None:
            return None
        found |= {f"{each}{prefix}{own}" for each in before}
    return found or None


def _is_app(chat: Anatomy, call: Call) -> bool:
    """`mount("/api", app)` of an application, and not of files."""
    made = chat.code.call_of(chat.code.value(call.scope, call.argument("app", 1)))
    return made is None or made.method == "FastAPI"


def _prefix(call: Call) -> str | None:
    return "" if call.argument("prefix") is None else call.text("prefix")


def _includes(chat: Anatomy, call: Call, made: Call) -> bool:
    if call.method != "include_router":
        return False
    given = chat.code.value(call.scope, call.argument("router", 0))
    if given is made.node:
        return True
    maker = made.scope.function
    inner = chat.code.call_of(given)
    return maker is not None and inner is not None and _returns(chat, inner, maker)


def _returns(chat: Anatomy, call: Call, maker: Scope, hops: int = HOPS) -> bool:
    """Whether a function is the maker of a router, or hands on what that gives."""
    called = chat.code.called(call)
    if called is None or called is maker or not hops:
        return called is maker
    inner = (each for each in chat.code.inside(called))
    return any(_returns(chat, each, maker, hops - 1) for each in inner)
