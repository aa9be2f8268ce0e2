"""An expression in its function, as that was called, and what it may stand for there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.dependencies import injected_scope
from chatkit_agent.project.source.injection import scheme_of, targets_of
from chatkit_agent.project.source.meaning import names_meant
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.values import held_in_module, module_at
from chatkit_agent.project.source.walking import (
    annotation_of,
    entries_in,
    last_name,
    said_of,
    sides_of,
    within_node,
)

Kind = Literal["client", "credential", "unverified", "verified", "constant", "unknown"]
PLACES = {
    "headers": "header",
    "cookies": "cookie",
    "query_params": "query",
    "path_params": "path",
}
MARKS = {"Header": "header", "Cookie": "cookie", "Query": "query", "Path": "path", "Body": "body"}
MARKS["Form"] = "body"
BODIES = {"json", "body", "form"}
REQUESTS = {"Request", "HTTPConnection", "WebSocket"}
PLAIN = {"str", "int", "UUID", "EmailStr", "float"}
SECRET = re.compile(
    r"authorization|token|bearer|jwt|secret|pass|signature|session|ticket|api.?key|^key$|^sid$|auth$"
    r"|visitor|anon|guest|device|client",
    re.IGNORECASE,
)
# What a proxy writes that signs people in, and takes away where a client sends it.
OF_PROXY = re.compile(
    r"forwarded|remote|auth-request|amzn|goog|cf-|ms-client|iap|authenticated|ssl"
)


@dataclass(frozen=True)
class Origin:
    """One place that a value may come from; `key` is the name of a header, a claim and so on."""

    kind: Kind
    scope: Scope
    node: cst.CSTNode
    place: str = ""
    key: str = ""
    is_looked_up: bool = False
    """Whether it was only asked for, as that of a row."""
    is_split: bool = False
    is_preferred: bool = False
    """Whether it goes before something else, as in `header or claims["sub"]`."""

    @property
    def is_secret(self) -> bool:
        return self.kind == "credential" or SECRET.search(self.key) is not None

    @property
    def is_of_proxy(self) -> bool:
        return self.place == "header" and OF_PROXY.search(self.key.lower()) is not None


@dataclass(frozen=True)
class Part:
    """An expression where it stands, and what the parameters of its function were given."""

    scope: Scope
    node: cst.BaseExpression
    given: Mapping[str, Part] = field(default_factory=dict)


class Parts:
    """What expressions stand for in a chat."""

    def __init__(self, chat: Anatomy) -> None:
        self.chat, self.code = chat, chat.code

    def behind(self, part: Part) -> list[Part | Origin] | None:
        """What a name may stand for; None where that cannot be told."""
        name = part.node.value if isinstance(part.node, cst.Name) else ""
        for scope in part.scope.around():
            if isinstance(scope.node, cst.ClassDef) and scope is not part.scope:
                continue
            if values := assigned(scope, name):
                return [Part(scope, each, part.given) for each in values]
            if (param := scope.param(name)) is not None:
                return self._parameter(part, scope, param)
        held = held_in_module(self.code, part.scope, name)
        return [Part(*held)] if held else None

    def _parameter(self, part: Part, scope: Scope, param: cst.Param) -> list[Part | Origin] | None:
        name = param.name.value
        if name in part.given:
            return [part.given[name]]
        if scope in self.chat.injected:
            return self._values_filled(scope, param)
        found = [
            Part(where, node) for where, node in self.code.given_to(scope, name) if node is not None
        ]
        if not found and param.default is not None:
            return [Part(scope, param.default)]
        return [*found] or None

    def _values_filled(self, scope: Scope, param: cst.Param) -> list[Part | Origin] | None:
        """What FastAPI gives for a parameter."""
        for target in targets_of(self.code.sources, scope.file, param):
            where = module_at(self.code, target.file)
            inner = injected_scope(self.code, where, target.value)
            if inner is not None:
                return [*self.returned(inner, {})]
            is_scheme = scheme_of(self.code.sources, target.file, target.value)
            return [Origin("credential", scope, param)] if is_scheme else None
        annotation = annotation_of(param)
        for each in reversed(said_of(param)):
            for call in within_node(each, cst.Call):
                made = self.code.call_of(call)
                if made is not None and (place := MARKS.get(made.method)):
                    key = made.text("alias") or param.name.value.replace("_", "-")
                    return [Origin("client", scope, param, place, key)]
        kind = (syntax.dotted(syntax.required(annotation)) if annotation else "str") or ""
        kind = kind.rpartition(".")[2]
        if kind in PLAIN and param.name.value not in ("self", "request"):
            in_path = any(f"{{{param.name.value}" in path for path in self.chat.paths_of(scope))
            place = "path" if in_path else "query"
            return [Origin("client", scope, param, place, param.name.value)]
        return None

    def returned(self, scope: Scope, given: Mapping[str, Part]) -> Iterator[Part]:
        if isinstance(scope.node, cst.FunctionDef):
            yielded = (each.value for each in within_node(scope.node.body, cst.Yield))
            values = [each for each in yielded if isinstance(each, cst.BaseExpression)]
            for each in (*syntax.returned(scope.node), *values):
                yield Part(scope, each, given)

    def place(self, part: Part, hops: int = 6) -> str | None:
        """`header` for `request.headers`, by whatever name: the part of a request."""
        node = part.node.expression if isinstance(part.node, cst.Await) else part.node
        if isinstance(node, cst.Name) and hops:
            behind = self.behind(replace(part, node=node)) or []
            places = {
                self.place(each, hops - 1) if isinstance(each, Part) else None for each in behind
            }
            return places.pop() if len(places) == 1 else None
        if isinstance(node, cst.Attribute) and node.attr.value in PLACES:
            return PLACES[node.attr.value] if self._is_request(part, node.value) else None
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
            name = node.func.attr.value
            if name in BODIES and not node.args and self._is_request(part, node.func.value):
                return "body"
            if name == "copy":
                return self.place(replace(part, node=node.func.value), hops)
        if isinstance(node, cst.Call) and len(node.args) == 1:
            called = last_name(node.func)
            inner = replace(part, node=node.args[0].value)
            return self.place(inner, hops) if called in ("dict", "loads", "str") else None
        return None

    def _is_request(self, part: Part, node: cst.BaseExpression, hops: int = 5) -> bool:
        """By its annotation; where it has none, a parameter that is asked like a request."""
        if isinstance(node, cst.Attribute):
            return node.attr.value == "request"
        name = syntax.dotted(node)
        function = part.scope.function
        if function is None or name is None:
            return False
        if (param := function.param(name)) is not None:
            if given := part.given.get(name):
                return hops > 0 and self._is_request(given, given.node, hops - 1)
            if param.annotation is None:
                return True
            said = {*re.findall(r"\w+", syntax.code(param.annotation.annotation))}
            return bool(REQUESTS & (said | names_meant(self.code, part.scope, param.annotation)))
        held = assigned(function, name)
        return len(held) == 1 and hops > 0 and self._is_request(part, held[0], hops - 1)

    def made(self, part: Part, hops: int = 8) -> list[dict[str, Part]]:
        node = part.node.expression if isinstance(part.node, cst.Await) else part.node
        if isinstance(node, cst.Dict):
            keyed = [(self.code.text(part.scope, e.key), e.value) for e in entries_in(node)]
            return [{key: replace(part, node=value) for key, value in keyed if key}]
        if not hops:
            return []
        parts: list[Part | Origin] = []
        if isinstance(node, cst.Name):
            parts = self.behind(replace(part, node=node)) or []
        elif isinstance(node, cst.BooleanOperation | cst.IfExp | cst.NamedExpr):
            parts = [replace(part, node=each) for each in inside(node)]
        elif isinstance(node, cst.Call) and (call := self.code.call_of(node)):
            if (kind := self.kind(part, call)) is not None:
                return [self.fields(part, call, kind)]
            parts = [*self.results(part, call)]
        return [
            one for each in parts if isinstance(each, Part) for one in self.made(each, hops - 1)
        ]

    def kind(self, part: Part, call: Call) -> Scope | None:
        """The project's class of which a call makes an object."""
        if call.written == "cls" and call.scope.owner is not None:
            return call.scope.owner
        return self.code.class_of(call.symbol)

    def fields(self, part: Part, call: Call, kind: Scope) -> dict[str, Part]:
        init = self.code.methods(kind).get("__init__")
        if init is not None:
            given = self._arguments_of(part, call, init)
            own = ((each.target, each.value) for each in syntax.assignments(init.node))
            return {
                name.removeprefix("self."): Part(init, value, given)
                for name, value in own
                if name.startswith("self.")
            }
        found: dict[str, Part] = {}
        for number, each in enumerate(syntax.annotated(kind.node)):
            name = syntax.dotted(each.target) or ""
            given_now = call.argument(name, number)
            if given_now is not None:
                found[name] = replace(part, node=given_now)
            elif each.value is not None and not call.spreads:
                found[name] = Part(kind, each.value)
        for name, value in call.keywords.items():
            found.setdefault(name, replace(part, node=value))
        return found

    def _arguments_of(self, part: Part, call: Call, called: Scope) -> dict[str, Part]:
        passed = ((name, self.code.passed(call, called, name)) for name in called.parameters)
        return {name: replace(part, node=value) for name, value in passed if value is not None}

    def results(self, part: Part, call: Call) -> Iterator[Part]:
        called = self.code.called(call)
        if called is not None:
            yield from self.returned(called, self._arguments_of(part, call, called))

    def member(self, owner: Scope, name: str) -> list[Part | Origin] | None:
        found: list[Part | Origin] = [
            Part(method, each.value)
            for method in self.code.methods(owner).values()
            if isinstance(method.node, cst.FunctionDef)
            for each in syntax.assignments(method.node)
            if each.target == f"self.{name}"
        ]
        return found or None

    def state(self, name: str) -> list[Part | Origin] | None:
        """What a middleware, say, writes into `request.state`."""
        found: list[Part | Origin] = [
            Part(scope, each.value)
            for scope in self.code.functions
            if isinstance(scope.node, cst.FunctionDef)
            for each in syntax.assignments(scope.node)
            if each.target.endswith(f".state.{name}")
        ]
        return found or None


def inside(node: cst.BaseExpression) -> list[cst.BaseExpression]:
    """The expressions of which one, or all, give the value of another."""
    if isinstance(node, cst.Await):
        return [node.expression]
    if isinstance(node, cst.NamedExpr):
        return [node.value]
    if isinstance(node, cst.BooleanOperation | cst.BinaryOperation | cst.ConcatenatedString):
        return [node.left, node.right]
    if isinstance(node, cst.Comparison):
        return sides_of(node)
    if isinstance(node, cst.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, cst.Tuple | cst.List | cst.Set):
        return [each.value for each in node.elements]
    if isinstance(node, cst.Dict):
        return [each.value for each in node.elements]
    if isinstance(node, cst.FormattedString):
        return [
            each.expression
            for each in node.parts
            if isinstance(each, cst.FormattedStringExpression)
        ]
    return []


def assigned(scope: Scope, name: str) -> list[cst.BaseExpression]:
    """What a name is given in a scope, also as one of several."""
    found = [each.value for each in syntax.assignments(scope.node) if each.target == name]
    lines = syntax.statements(scope.node)
    for each in (line for line in lines if isinstance(line, cst.Assign)):
        for target in each.targets:
            names = target.target.elements if isinstance(target.target, cst.Tuple) else ()
            is_paired = isinstance(each.value, cst.Tuple)
            if not is_paired and any(syntax.dotted(one.value) == name for one in names):
                found.append(each.value)
    return found
