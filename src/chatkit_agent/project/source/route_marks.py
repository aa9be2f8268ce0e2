"""Route marks: what gives the functions of a project their routes, and which object has these."""

from __future__ import annotations

from dataclasses import dataclass, replace

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.code import Call, Code
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import decorating

POSTING = {"post", "route", "api_route", "add_api_route", "add_route"}
MARKS = {*POSTING, "get", "put", "patch", "delete", "head", "options"}


@dataclass(frozen=True)
class RouteMark:
    """A decorator, or `router.add_api_route(path, function)`."""

    call: Call
    scope: Scope
    """Where it stands."""
    owner: cst.BaseExpression
    """The application or the router."""

    @property
    def path(self) -> str | None:
        return self.call.code.text(self.scope, self.call.argument("path", 0))


def route_marks(code: Code) -> dict[Scope, tuple[RouteMark, ...]]:
    """By the functions that get the routes."""
    found: dict[Scope, tuple[RouteMark, ...]] = {}
    for call in code.calls:
        func, scope = call.node.func, call.scope
        if call.method not in MARKS or not isinstance(func, cst.Attribute):
            continue
        if call.method.startswith("add_"):
            given = syntax.dotted(call.argument("endpoint", 1) or call.argument("route", 1))
            own = code.called(replace(call, written=given, bound=None)) if given else None
            mark = RouteMark(call, scope, func.value)
        else:
            own = scope if call.node in decorating(scope.node) else None
            mark = RouteMark(call, scope.outer or scope, func.value)
        if own is not None:
            found[own] = (*found.get(own, ()), mark)
    return found
