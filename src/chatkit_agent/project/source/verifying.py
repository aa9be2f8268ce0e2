"""Verifying: where tokens are read, by which library, and what is asked of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import libcst as cst

from chatkit_agent.project.source.code import Call, Code
from chatkit_agent.project.source.meaning import entries_of, texts_of, truth_of
from chatkit_agent.project.source.scope import Scope

LIBRARIES = ("jwt", "jose", "authlib", "joserfc")
"""The last two read a token without a look at its claims, which `validate` takes."""
SIGNED_ONLY = "verify_signature"


@dataclass(frozen=True)
class Decode:
    """One call that reads a token."""

    code: Code
    call: Call
    library: str
    made: Call | None = None
    """The call that made the object whose method this is: `PyJWT(options)`."""

    @property
    def where(self) -> str:
        return self.code.where(self.call.scope, self.call.node)

    def argument(self, keyword: str, position: int | None = None) -> cst.BaseExpression | None:
        """What an argument stands for."""
        return self.call.value(keyword, position)

    @property
    def options(self) -> dict[str, cst.BaseExpression]:
        """`options={"verify_exp": False}`, by name."""
        own = entries_of(self.code, self.call.scope, self.call.argument("options", 3))
        made = self.made
        base = entries_of(self.code, made.scope, made.argument("options", 0)) if made else {}
        return {**base, **own}

    def is_off(self, option: str) -> bool:
        return truth_of(self.code, self.call.scope, self.options.get(option)) is False

    @property
    def is_open(self) -> bool:
        """Whether anybody can write a token that it takes."""
        taken = texts_of(self.code, self.call.scope, self.call.argument("algorithms", 2)) or ()
        is_off = truth_of(self.code, self.call.scope, self.call.argument("verify")) is False
        return "none" in taken or is_off or self.is_off(SIGNED_ONLY)

    @property
    def required(self) -> tuple[str, ...]:
        """The claims that a token has to have."""
        asked = {name.removeprefix("require_") for name in self.options if "require_" in name}
        listed = texts_of(self.code, self.call.scope, self.options.get("require"))
        return tuple(asked | set(listed or ()))


def decodes(code: Code, scopes: Iterable[Scope]) -> Iterator[Decode]:
    """The calls in some functions that read tokens."""
    seen = set()
    for call in (each for scope in scopes for each in code.inside(scope)):
        found = decode_of(code, call)
        if found and call.node not in seen:
            seen.add(call.node)
            yield found


def decode_of(code: Code, call: Call) -> Decode | None:
    symbol = code.resolve(call.scope, call.written)
    if symbol is None or symbol.path is not None or "()" in call.written:
        return _by_object(code, call)
    is_decode = symbol.name.endswith(("decode", "decode_complete"))
    library = _of(symbol.name) if is_decode else None
    return Decode(code, call, library) if library else None


def _by_object(code: Code, call: Call) -> Decode | None:
    """`jwt = JsonWebToken(["RS256"])` or `PyJWT(options)`, and then its `decode`."""
    func = call.node.func
    if "decode" not in call.method or not isinstance(func, cst.Attribute):
        return None
    made = code.call_of(code.value(call.scope, func.value))
    library = _of(made.package_name) if made else None
    return Decode(code, call, library, made) if library else None


def _of(name: str) -> str | None:
    library = name.partition(".")[0]
    return library if library in LIBRARIES else None
