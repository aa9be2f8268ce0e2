"""Environment: the variable that holds what an expression of the application's code stands for."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import libcst as cst

from chatkit_agent.project.facts import Named, SettingsClass
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.settings_fields import VARIABLE, Fields, fields_of, variable_read
from chatkit_agent.project.source.sources import Sources, Symbol
from chatkit_agent.project.source.walking import entries_in, last_name

WRAPPERS = {"str", "bytes", "Secret", "SecretStr", "cast"}
KEY_MAKERS = {"import_key", "construct"}
"""Of joserfc and Authlib, and of python-jose: what they take first is the key."""
UNWRAPPED = {"get_secret_value", "encode", "decode", "strip"}
LONGEST_CHAIN = 8
MOST_CALLERS = 20
MARGIN = re.compile(rb"^(?:class|def|async|if|try|for|while|with|else|elif|match)\b", re.MULTILINE)
DEFINED = re.compile(rb"\bdef\s+(\w+)")


@dataclass(frozen=True)
class Environment:
    """What the settings classes of a project and its calls of `os.getenv` and the like say."""

    sources: Sources
    settings: tuple[SettingsClass, ...]

    def behind(
        self,
        path: str,
        value: cst.BaseExpression | None,
        function: cst.FunctionDef | None = None,
        hops: int = LONGEST_CHAIN,
    ) -> Named | None:
        """The variable, or the literal text, behind an expression in a function of a file."""
        if value is None or not hops:
            return None
        if (literal := syntax.text(value)) is not None:
            return Named(default=literal)
        if isinstance(value, cst.Call):
            return variable_read(value) or self._inner_value(path, value, function, hops)
        if isinstance(value, cst.Subscript):
            key = syntax.text(syntax.key(value))
            if key and (held := self._of_dict(path, value.value, key, function, hops)):
                return held
            return Named(key) if key and VARIABLE.fullmatch(key) else None
        if isinstance(value, cst.BooleanOperation):
            return self.behind(path, value.left, function, hops - 1)
        if isinstance(value, cst.IfExp):
            either = (self.behind(path, e, function, hops - 1) for e in (value.body, value.orelse))
            return next((each for each in either if each and each.variable), None)
        if isinstance(value, cst.Attribute) and syntax.dotted(value) is None:
            # `get_settings().key`, `get_settings().group.key`
            return self.of_field(value.attr.value)
        name = syntax.dotted(value)
        return self._of_name(path, name, function, hops) if name else None

    def _of_dict(
        self,
        path: str,
        value: cst.BaseExpression,
        key: str,
        function: cst.FunctionDef | None,
        hops: int,
    ) -> Named | None:
        """`CONFIG["secret"]`, where a module or a function says what is in it."""
        for where, inner, held in self._dicts(path, value, function, hops):
            for each in entries_in(held):
                if syntax.text(each.key) == key:
                    return self.behind(where, each.value, inner, hops - 1)
        return None

    def _dicts(
        self, path: str, value: cst.BaseExpression, function: cst.FunctionDef | None, hops: int
    ) -> Iterator[tuple[str, cst.FunctionDef | None, cst.Dict]]:
        """The literal dicts that an expression may be, and where each is written."""
        if isinstance(value, cst.Dict):
            yield path, function, value
        if not hops:
            return
        called = value.func if isinstance(value, cst.Call) else value
        symbol = self.sources.resolve(path, syntax.dotted(called))
        inner = self.sources.function(symbol) if called is not value else None
        for given in syntax.returned(inner) if inner else ():
            if symbol and symbol.path:
                yield from self._dicts(symbol.path, given, inner, hops - 1)
        name = syntax.dotted(value)
        for each in syntax.assignments(function) if function and name else ():
            if each.target == name:
                yield from self._dicts(path, each.value, function, hops - 1)
        held = self.sources.assigned(symbol) if name else None
        if symbol and symbol.path and held is not None:
            yield from self._dicts(symbol.path, held, None, hops - 1)

    def _inner_value(
        self, path: str, call: cst.Call, function: cst.FunctionDef | None, hops: int
    ) -> Named | None:
        """`str(settings.key.get_secret_value())`"""
        if isinstance(call.func, cst.Attribute) and call.func.attr.value in UNWRAPPED:
            return self.behind(path, call.func.value, function, hops - 1)
        if last_name(call.func) in WRAPPERS and call.args:
            return self.behind(path, call.args[-1].value, function, hops - 1)
        if last_name(call.func) in KEY_MAKERS and call.args:
            return self.behind(path, call.args[0].value, function, hops - 1)
        found = self._result_of(path, call, hops)
        if found is None and len(call.args) == 1 and self._is_own(path, call):
            # `unwrap_secret(settings.key)`, a function of the project that gives it back.
            return self.behind(path, call.args[0].value, function, hops - 1)
        return found

    def _is_own(self, path: str, call: cst.Call) -> bool:
        return (
            self.sources.function(self.sources.resolve(path, syntax.dotted(call.func))) is not None
        )

    def _result_of(self, path: str, call: cst.Call, hops: int) -> Named | None:
        """What a function of the project returns, such as `_secret()`."""
        symbol = self.sources.resolve(path, syntax.dotted(call.func))
        inner = self.sources.function(symbol)
        if symbol is None or symbol.path is None or inner is None:
            return None
        given = syntax.returned(inner)
        found = (self.behind(symbol.path, value, inner, hops - 1) for value in given)
        return next((each for each in found if each and each.variable), None)

    def _of_name(
        self, path: str, name: str, function: cst.FunctionDef | None, hops: int
    ) -> Named | None:
        if function is not None:
            for each in syntax.assignments(function):
                if each.target == name:
                    return self.behind(path, each.value, function, hops - 1)
            if any(each.name.value == name for each in syntax.parameters(function)):
                return self._of_parameter(function, function.name.value, name, hops)
            if name.startswith(("self.", "cls.")):
                return self._of_own(path, function, name.partition(".")[2], hops)
        symbol = self.sources.resolve(path, name)
        if symbol and symbol.path and (found := self._of_symbol(symbol, hops)):
            return found
        return self.of_field(name.rpartition(".")[2]) if "." in name else None

    def _of_own(
        self, path: str, function: cst.FunctionDef, attribute: str, hops: int
    ) -> Named | None:
        """`self.secret` in a method; the settings' own field where the class is one of those."""
        kinds = syntax.classes(self.sources.module(path, function.name.value.encode()))
        own = (each for each in kinds if function in syntax.functions(each))
        found = (self._of_attribute(path, each, attribute, hops) for each in own)
        return next(found, None) or self.of_field(attribute.rpartition(".")[2])

    def _of_symbol(self, symbol: Symbol, hops: int) -> Named | None:
        """A constant of a module, or an attribute of one of its classes."""
        path = symbol.path or ""
        if (held := self.sources.assigned(symbol)) is not None:
            return self.behind(path, held, None, hops - 1)
        owner, _, attribute = symbol.name.rpartition(".")
        found = self.sources.kind_of(Symbol(path, owner) if owner else None)
        path = found.path or path if found else path
        kind = self.sources.definition(found)
        if not isinstance(kind, cst.ClassDef):
            return None
        if self._is_settings(path, kind) and (known := self.of_field(attribute)):
            return known
        return self._of_attribute(path, kind, attribute, hops)

    def _of_attribute(
        self, path: str, kind: cst.ClassDef, attribute: str, hops: int
    ) -> Named | None:
        """Assigned in the class or in its `__init__`, made by a factory, or a property."""
        for each in syntax.assignments(kind):
            if each.target == attribute:
                return self.behind(path, _made_by(each.value), None, hops - 1)
        for method in syntax.functions(kind):
            if method.name.value == attribute:
                given = syntax.returned(method)
                return self.behind(path, given[0], method, hops - 1) if len(given) == 1 else None
            for each in syntax.assignments(method) if method.name.value == "__init__" else ():
                if each.target == f"self.{attribute}":
                    named = syntax.dotted(each.value) or ""
                    if any(param.name.value == named for param in syntax.parameters(method)):
                        return self._of_parameter(method, kind.name.value, named, hops)
                    return self.behind(path, each.value, method, hops - 1)
        return None

    def _is_settings(self, path: str, kind: cst.ClassDef) -> bool:
        return any((each.file, each.name) == (path, kind.name.value) for each in self.settings)

    def _of_parameter(
        self, function: cst.FunctionDef, called: str, name: str, hops: int
    ) -> Named | None:
        """What the callers of a function, or of its class, pass; all have to mean the same."""
        names = [each.name.value for each in syntax.parameters(function)]
        at = names.index(name) - (names[0] in ("self", "cls"))
        found = {
            behind
            for path, caller, call in self._calls(called)
            if (behind := self.behind(path, syntax.argument(call, name, at), caller, hops - 1))
        }
        return next(iter(found)) if len(found) == 1 else None

    def _calls(self, name: str) -> Iterator[tuple[str, cst.FunctionDef | None, cst.Call]]:
        files = self.sources.holding(f"{name}(".encode(), aside=False)
        # What so many call, such as `get`, is not one function, and nothing that all agree about.
        for path in files if len(files) <= MOST_CALLERS else ():
            module = self.sources.module(path, name.encode())
            scopes: list[tuple[cst.FunctionDef | None, cst.CSTNode]] = [
                (None, each.value) for each in syntax.assignments(module)
            ]
            scopes += [(each, each.body) for each in functions_in(module)]
            for function, scope in scopes:
                for node in syntax.walk(scope):
                    if isinstance(node, cst.Call) and _is_called(node, name):
                        yield path, function, node

    def of_field(self, field: str) -> Named | None:
        """The variable of a field of the project's settings classes, wherever an instance is."""
        found: dict[str | None, Named] = {}
        for fields in self._fields:
            for each in (*fields.fields, *fields.nested):
                if each.name == field:
                    found.setdefault(each.named.variable, each.named)
        return next(iter(found.values())) if len(found) == 1 else None

    @cached_property
    def _fields(self) -> tuple[Fields, ...]:
        symbols = (Symbol(each.file, each.name) for each in self.settings)
        return tuple(fields_of(self.sources, each) for each in symbols)


def _made_by(value: cst.BaseExpression) -> cst.BaseExpression:
    """`x` of `field(default_factory=lambda: x)`."""
    made = syntax.argument(value, "default_factory") if isinstance(value, cst.Call) else None
    return made.body if isinstance(made, cst.Lambda) else value


def functions_in(scope: syntax.Scope) -> Iterator[cst.FunctionDef]:
    """Every function of a module, those of its classes too."""
    yield from syntax.functions(scope)
    for kind in syntax.classes(scope):
        yield from functions_in(kind)


def functions_near(pattern: bytes, content: bytes) -> set[str]:
    """The names of functions that may hold a match: those of its block at the left margin."""
    found: set[str] = set()
    starts = [each.start() for each in MARGIN.finditer(content)]
    for match in re.finditer(pattern, content):
        index = bisect(starts, match.start())
        block = content[starts[index - 1] if index else 0 : match.start()]
        found.update(each.decode() for each in DEFINED.findall(block))
    return found


def _is_called(call: cst.Call, name: str) -> bool:
    return last_name(call.func) == name
