"""Gates: dependencies that the application asks of every request, and so of the chat's."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.project.facts import App
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.sources import Sources, Symbol
from chatkit_agent.project.source.syntax import Scope

CHAINS = ("Depends", "Security")


def find_global_dependencies(sources: Sources, app: App | None) -> tuple[str, ...]:
    """Their names, as written where the application is made: `FastAPI(dependencies=[...])`."""
    if app is None:
        return ()
    scope = _scope(sources, app)
    found = [
        name
        for value in _makers(scope, app.variable)
        if isinstance(value, cst.Call)
        for name in _names(syntax.argument(value, "dependencies"))
    ]
    return tuple(dict.fromkeys(found))


def _scope(sources: Sources, app: App) -> Scope:
    function = sources.function(Symbol(app.built_in, app.function)) if app.function else None
    return function or sources.module(app.built_in, re.escape(app.variable.encode()), bodies=False)


def _makers(scope: Scope, variable: str) -> Iterator[cst.BaseExpression]:
    """The expressions that may make the application in a scope."""
    for each in syntax.assignments(scope):
        if each.target == variable:
            yield each.value
    if isinstance(scope, cst.FunctionDef) and not variable:
        yield from syntax.returned(scope)


def _names(listed: cst.BaseExpression | None) -> Iterator[str]:
    if not isinstance(listed, cst.List | cst.Tuple):
        return
    for element in listed.elements:
        call = element.value
        if isinstance(call, cst.Call) and (syntax.dotted(call.func) or "").endswith(CHAINS):
            given = syntax.argument(call, "dependency", 0)
            yield syntax.code(given) if given else syntax.code(call)
        else:
            yield syntax.code(call)
