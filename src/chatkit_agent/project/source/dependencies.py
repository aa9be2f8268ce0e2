"""Dependencies: the functions that FastAPI calls before a route, also by way of who makes it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.code import Call, Code
from chatkit_agent.project.source.injection import (
    MARKS,
    Target,
    injected_function,
    marked,
    targets,
)
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.values import module_at
from chatkit_agent.project.source.walking import decorating, is_partial, within_node


def injected_scope(code: Code, scope: Scope, value: cst.BaseExpression | None) -> Scope | None:
    """The function that runs for `Depends(value)`, or for a `value` that is one already."""
    if isinstance(value, cst.Lambda) or value is None:
        return None
    if isinstance(value, cst.Call):
        inner = syntax.argument(value, "dependency", 0)
        if inner is not None and (_is_mark(code, scope, value) or is_partial(value)):
            return injected_scope(code, scope, inner)
        kind = code.scope_of(code.sources.class_of(scope.file, value))
        return code.methods(kind).get("__call__") if kind else None
    symbol = code.resolve(scope, syntax.dotted(value))
    found = injected_function(code.sources, symbol)
    return code.scope_at(found[1]) if found else code.scope_of(symbol)


def _is_mark(code: Code, scope: Scope, call: cst.Call) -> bool:
    symbol = code.resolve(scope, syntax.dotted(call.func))
    return symbol is not None and symbol.last_name in MARKS


def dependencies(code: Code, scope: Scope, *, is_route: bool) -> Iterator[Scope]:
    """What FastAPI calls before a function, on behalf of it or of its router."""
    for target in _targets(code, scope, is_route=is_route):
        found = injected_scope(code, module_at(code, target.file), target.value)
        yield from (found,) if found else ()


def _targets(code: Code, scope: Scope, *, is_route: bool) -> Iterator[Target]:
    if not isinstance(scope.node, cst.FunctionDef):
        return
    sources = code.sources
    yield from targets(sources, scope.file, scope.node)
    if is_route:
        for each in decorating(scope.node):
            yield from marked(sources, scope.file, each)
        for call in code.calls:
            if call.method == "APIRouter" and call.scope.file == scope.file:
                yield from marked(sources, scope.file, call.node)


def given_to_makers(
    code: Code, endpoints: Collection[Scope], wanted: Callable[[Code, Scope, Scope], set[str]]
) -> Iterator[tuple[Call, cst.BaseExpression]]:
    """What those who make the route give for the parameters that are `wanted` of its maker.

    A function that only hands its own parameter on is a maker as well.
    """
    makers = {
        each: wanted(code, each, endpoint)
        for endpoint in endpoints
        for each in endpoint.around()
        if each is not endpoint and isinstance(each.node, cst.FunctionDef)
    }
    waiting = list(makers)
    for maker in waiting:
        for call in code.called_by.get(maker, ()):
            outer = call.scope.function
            for name in makers[maker]:
                given = code.passed(call, maker, name)
                if given is None:
                    continue
                if outer is not None and syntax.dotted(given) in outer.parameters:
                    waiting += [outer] if outer not in makers else []
                    makers.setdefault(outer, set()).add(syntax.dotted(given) or "")
                else:
                    yield call, given


def depended_on(code: Code, maker: Scope, endpoint: Scope) -> set[str]:
    """The parameters of a maker that stand in a `Depends`, or for one in the route."""
    marks = (each for each in code.inside(maker) if _is_mark(code, each.scope, each.node))
    parts: list[cst.CSTNode] = [arg.value for each in marks for arg in each.node.args]
    for each in endpoint.params:
        parts += [part for part in (each.default, each.annotation) if part is not None]
    named = {name.value for part in parts for name in within_node(part, cst.Name)}
    return named & {*maker.parameters}
