"""Route addresses: the whole paths of the chat's routes, with the prefixes of their routers."""

from __future__ import annotations

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.routers import including, made_by, route_marks
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.scopes import Call
from chatkit_agent.project.source.walking import receiver_of

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
    found: set[str] = set()
    for call, owner in route_marks(endpoint):
        where = endpoint.outer or endpoint
        path = chat.code.text(where, syntax.argument(call, "path", 0))
        before = _before(chat, where, owner)
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
