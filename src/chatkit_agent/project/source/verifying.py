"""Verifying: where tokens are read, by which library, and what is asked of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.meaning import truth_of
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.scopes import Call, Code
from chatkit_agent.project.source.values import members
from chatkit_agent.project.source.walking import within_node

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
        """What an argument stands for."""
        return self.call.value(keyword, position)

    @property
    def options(self) -> dict[str, cst.BaseExpression]:
        """`options={"verify_exp": False}`, by name."""
        return dict(members(self.argument("options")) or ())

    def is_off(self, option: str) -> bool:
        return truth_of(self.code, self.call.scope, self.options.get(option)) is False

    @property
    def required(self) -> tuple[str, ...]:
        """The claims that a token has to have."""
        asked = {name.removeprefix("require_") for name in self.options if "require_" in name}
        listed = self.options.get("require")
        named = (
            (syntax.text(each) for each in within_node(listed, cst.SimpleString)) if listed else ()
        )
        return tuple(asked | {each for each in named if each})


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
