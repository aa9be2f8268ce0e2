"""Verifying: where tokens are read, by which library, and what is asked of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.scopes import Call, Code, Scope, within_node

LIBRARIES = ("jwt", "jose", "authlib", "joserfc")
"""The last two read a token without a look at its claims, which `validate` takes."""


@dataclass(frozen=True)
class Decode:
    """One call that reads a token."""

    code: Code
    call: Call
    library: str

    @property
    def where(self) -> str:
        return self.code.where(self.call.scope, self.call.node)

    def argument(self, keyword: str, position: int | None = None) -> cst.BaseExpression | None:
        """An argument, or what the name stands for that is given."""
        given = self.call.argument(keyword, position)
        return given and self.held(given)

    @property
    def options(self) -> dict[str, cst.BaseExpression]:
        """`options={"verify_exp": False}`, by name."""
        value = self.argument("options")
        if isinstance(value, cst.Call) and syntax.dotted(value.func) == "dict":
            return {arg.keyword.value: arg.value for arg in value.args if arg.keyword}
        elements = value.elements if isinstance(value, cst.Dict) else ()
        pairs = (each for each in elements if isinstance(each, cst.DictElement))
        return {name: each.value for each in pairs if (name := syntax.text(each.key))}

    def is_off(self, option: str) -> bool:
        return syntax.dotted(self.options.get(option)) == "False"

    @property
    def required(self) -> tuple[str, ...]:
        """The claims that a token has to have."""
        asked = {name.removeprefix("require_") for name in self.options if "require_" in name}
        listed = self.options.get("require")
        named = (
            (syntax.text(each) for each in within_node(listed, cst.SimpleString)) if listed else ()
        )
        return tuple(asked | {each for each in named if each})

    def held(self, value: cst.BaseExpression) -> cst.BaseExpression:
        return held(self.code, self.call.scope, value)


def held(code: Code, scope: Scope, value: cst.BaseExpression) -> cst.BaseExpression:
    """What a name was given in a function or its module; the value itself where it is none."""
    name = syntax.dotted(value)
    if name is None:
        return value
    given = [each.value for each in syntax.assignments(scope.node) if each.target == name]
    defined = code.sources.definition(code.resolve(scope, name))
    given += [defined.value] if isinstance(defined, syntax.Assignment) else []
    return given[0] if given else value


def decodes(code: Code, scopes: Iterable[Scope]) -> Iterator[Decode]:
    """The calls in some functions that read tokens."""
    seen = set()
    for call in (each for scope in scopes for each in code.inside(scope)):
        library = _library(code, call)
        if library and call.node not in seen:
            seen.add(call.node)
            yield Decode(code, call, library)


def _library(code: Code, call: Call) -> str | None:
    symbol = code.resolve(call.scope, call.written)
    if symbol is not None and symbol.path is not None and call.receiver:
        if "decode" not in call.method:
            return None
        # `jwt = JsonWebToken(["RS256"])`
        defined = code.sources.definition(code.resolve(call.scope, call.receiver))
        made = defined.value if isinstance(defined, syntax.Assignment) else None
        symbol = (
            code.resolve(call.scope, syntax.dotted(made.func))
            if isinstance(made, cst.Call)
            else None
        )
        return _of(symbol.name) if symbol and symbol.path is None else None
    if symbol is None or symbol.path is not None or not symbol.name.endswith("decode"):
        return None
    return _of(symbol.name)


def _of(name: str) -> str | None:
    library = name.partition(".")[0]
    return library if library in LIBRARIES else None
