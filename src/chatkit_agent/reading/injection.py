"""Injection: what FastAPI would hand to a function, followed through `Depends` and `Annotated`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from chatkit_agent.reading import syntax
from chatkit_agent.reading.sources import Sources, Symbol

MARKS = {"Depends", "Security"}
SECURITY = "fastapi.security."
TOKEN_WORDS = ("authorization", "token", "session", "cookie", "api_key", "credentials")


@dataclass(frozen=True)
class Target:
    """What is in `Depends(...)`, as written in `file`."""

    file: str
    value: cst.BaseExpression


def targets(sources: Sources, file: str, function: cst.FunctionDef) -> Iterator[Target]:
    """The dependencies of a function, also behind aliases such as `CurrentUser`."""
    for param in syntax.parameters(function):
        for value in (param.annotation.annotation if param.annotation else None, param.default):
            if value is not None:
                yield from _in_expression(sources, file, value)


def _in_expression(
    sources: Sources, file: str, value: cst.BaseExpression, hops: int = 4
) -> Iterator[Target]:
    if isinstance(value, cst.Call):
        if (syntax.dotted(value.func) or "").rpartition(".")[2] in MARKS:
            target = syntax.argument(value, "dependency", 0)
            if target is not None:
                yield Target(file, target)
    elif isinstance(value, cst.Subscript):
        for part in syntax.subscripts(value):
            yield from _in_expression(sources, file, part, hops)
    elif hops:
        symbol = sources.resolve(file, syntax.dotted(value))
        alias = sources.definition(symbol)
        if symbol and symbol.path and isinstance(alias, syntax.Assignment):
            yield from _in_expression(sources, symbol.path, alias.value, hops - 1)


def injected_function(
    sources: Sources, symbol: Symbol | None
) -> tuple[str, cst.FunctionDef] | None:
    """The function whose parameters FastAPI fills when it calls a dependency of the project."""
    definition = sources.definition(symbol)
    if symbol is None or symbol.path is None or definition is None:
        return None
    method = ""
    if isinstance(definition, cst.ClassDef):
        method = "__init__"
    elif isinstance(definition, syntax.Assignment):
        owner = sources.class_of(symbol.path, definition.value)
        if owner is None:
            return None
        symbol, method = owner, "__call__"
    function = sources.function(Symbol(symbol.path, f"{symbol.name}.{method}".rstrip(".")))
    return (symbol.path or "", function) if function else None


def credential(
    sources: Sources, file: str, function: cst.FunctionDef, depth: int = 6
) -> str | None:
    """What proves who is calling: a security scheme, a request, a cookie or a token header."""
    for target in targets(sources, file, function):
        scheme = scheme_of(sources, target.file, target.value)
        if scheme:
            return scheme
        symbol = sources.resolve(target.file, syntax.dotted(target.value))
        inner = injected_function(sources, symbol)
        found = credential(sources, *inner, depth - 1) if inner and depth else None
        if found:
            return found
    return _carried(sources, file, function)


def scheme_of(sources: Sources, file: str, value: cst.BaseExpression, depth: int = 4) -> str | None:
    """The name of the security class of which an expression is an instance."""
    if isinstance(value, cst.Call):
        return _scheme_class(sources, sources.resolve(file, syntax.dotted(value.func)), depth)
    symbol = sources.resolve(file, syntax.dotted(value))
    definition = sources.definition(symbol)
    held = definition.value if isinstance(definition, syntax.Assignment) else None
    if symbol and symbol.path and isinstance(held, cst.Call) and depth:
        return scheme_of(sources, symbol.path, held, depth - 1)
    return None


def _scheme_class(sources: Sources, symbol: Symbol | None, depth: int) -> str | None:
    if symbol is None:
        return None
    if symbol.path is None:
        is_scheme = symbol.name.startswith(SECURITY)
        return symbol.name.rpartition(".")[2] if is_scheme else None
    definition = sources.definition(symbol)
    if not isinstance(definition, cst.ClassDef) or not depth:
        return None
    parents = (sources.resolve(symbol.path, base) for base in syntax.bases(definition))
    return next(
        (
            name
            for each in parents
            if each != symbol and (name := _scheme_class(sources, each, depth - 1))
        ),
        None,
    )


def _carried(sources: Sources, file: str, function: cst.FunctionDef) -> str | None:
    """A header such as `X-User-ID` proves nothing, so only those that carry a secret count."""
    for param in syntax.parameters(function):
        annotation = param.annotation.annotation if param.annotation else None
        symbol = sources.resolve(file, syntax.dotted(annotation)) if annotation else None
        if symbol and symbol.name.rpartition(".")[2] in ("Request", "HTTPConnection"):
            return symbol.name.rpartition(".")[2]
        text = " ".join(syntax.code(part) for part in (annotation, param.default) if part)
        secret = any(word in param.name.value.lower() for word in TOKEN_WORDS)
        for mark in ("Cookie", "Header"):
            if f"{mark}(" in text and (secret or mark == "Cookie"):
                return mark
    return None
