"""Catch-all routes: what answers every path before a router that is included behind it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.sources import Sources, Symbol
from chatkit_agent.project.source.walking import decorating_calls

Line = cst.SimpleStatementLine | cst.BaseCompoundStatement

CATCH_ALL = re.compile(r"/?\{\w+:path\}/?")
ADDING = ("add_api_route", "add_route", "add_api_websocket_route")


@dataclass(frozen=True)
class CatchAllRoutes:
    """Looks for them in the code of one scope, and in the functions that it gives its app to.

    `variable` is the application's name in that scope (or a router's), `owner` the class whose
    method the scope is.
    """

    sources: Sources
    path: str
    variable: str
    owner: str = ""
    hops: int = 4

    def answers_everything(self, statement: Line | cst.BaseSmallStatement) -> bool:
        if isinstance(statement, cst.FunctionDef):
            return any(map(self._is_catch_all, decorating_calls(statement)))
        return any(self._is_catch_all_route(call) for call in _calls(statement))

    def _is_catch_all_route(self, call: cst.Call) -> bool:
        owner, _, method = (syntax.dotted(call.func) or "").rpartition(".")
        if owner != self.variable:
            return self.hops > 0 and any(
                self._holds(inner, f) for inner, f in self._functions_given(call)
            )
        if method == "mount":
            return syntax.text(syntax.argument(call, "path", 0)) in ("", "/")
        if method == "include_router":
            return self.hops > 0 and _text(call, "prefix") == "" and self._includes_one(call)
        return method in ADDING and self._is_catch_all(call)

    def _is_catch_all(self, call: cst.Call) -> bool:
        owner, _, _ = (syntax.dotted(call.func) or "").rpartition(".")
        path = syntax.text(syntax.argument(call, "path", 0))
        return owner == self.variable and path is not None and bool(CATCH_ALL.fullmatch(path))

    def _functions_given(self, call: cst.Call) -> Iterator[tuple[CatchAllRoutes, cst.FunctionDef]]:
        """A function of the project that is given the application, and its name there."""
        name = syntax.dotted(call.func) or ""
        inner = replace(self, hops=self.hops - 1)
        if self.owner and name.startswith("self."):
            symbol: Symbol | None = Symbol(self.path, f"{self.owner}.{name[len('self.') :]}")
        else:
            symbol = self.sources.resolve(self.path, name)
        function = self.sources.function(symbol)
        if symbol is None or symbol.path is None or function is None:
            return
        if name.startswith("self.") and self.variable.startswith("self."):
            yield inner, function
        elif (given := _parameter(call, function, self.variable)) is not None:
            owner = self.owner if name.startswith("self.") else ""
            yield replace(inner, path=symbol.path, variable=given, owner=owner), function

    def _includes_one(self, call: cst.Call) -> bool:
        """Whether the router that is included answers every path."""
        value = syntax.argument(call, "router", 0)
        made = value.func if isinstance(value, cst.Call) else value
        symbol = self.sources.resolve(self.path, syntax.dotted(made))
        if symbol is None or symbol.path is None:
            return False
        inner = replace(self, path=symbol.path, hops=self.hops - 1, owner="")
        function = self.sources.function(symbol)
        if function is not None:
            names = {syntax.dotted(each) or "" for each in syntax.returned(function)}
            return any(self._holds(replace(inner, variable=name), function) for name in names)
        held = self.sources.assigned(symbol)
        if not isinstance(held, cst.Call) or _text(held, "prefix") != "":
            return False
        spoken_of = rb"\b%s\b" % symbol.name.encode()
        module = self.sources.module(symbol.path, spoken_of, bodies=False)
        return self._holds(replace(inner, variable=symbol.name), module)

    def _holds(self, inner: CatchAllRoutes, scope: cst.FunctionDef | cst.Module) -> bool:
        return any(
            inner.answers_everything(statement)
            for statement in syntax.statements(scope)
            if isinstance(statement, cst.BaseSmallStatement | cst.FunctionDef)
        )


def _text(call: cst.Call, keyword: str) -> str | None:
    """A literal argument, empty where there is none, None where it is computed."""
    value = syntax.argument(call, keyword)
    return "" if value is None else syntax.text(value)


def _calls(statement: Line | cst.BaseSmallStatement) -> Iterator[cst.Call]:
    """The calls in a statement, outside of the functions it defines."""
    inner: Iterable[cst.CSTNode] = [statement]
    if not isinstance(statement, cst.BaseSmallStatement):
        inner = syntax.statements(cst.Module([statement]))
    for each in inner:
        if isinstance(each, cst.BaseSmallStatement):
            yield from (node for node in syntax.walk(each) if isinstance(node, cst.Call))


def _parameter(call: cst.Call, function: cst.FunctionDef, variable: str) -> str | None:
    """What a function calls the argument that is `variable` where it is called."""
    names = [each.name.value for each in syntax.parameters(function)]
    names = names[1:] if names[:1] in (["self"], ["cls"]) else names
    for index, arg in enumerate(call.args):
        if syntax.dotted(arg.value) == variable and not arg.star:
            if arg.keyword:
                return arg.keyword.value
            return names[index] if index < len(names) else None
    return None
