"""Values: what an expression stands for, followed through names, fields, defaults and helpers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Protocol

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.sources import Sources, Symbol
from chatkit_agent.project.source.walking import entries_in

HOPS = 8
LITERAL = (
    cst.Integer | cst.Float | cst.SimpleString | cst.ConcatenatedString | cst.FormattedString
) | (cst.List | cst.Tuple | cst.Set | cst.Dict)
ENVIRONMENT = ("os.getenv", "os.environ.get")
PLACES = re.compile(r"%(?:\(\w+\))?[sdrif]")
Held = tuple[Scope, cst.BaseExpression]


class Names(Protocol):
    """What is asked of the code around."""

    @property
    def sources(self) -> Sources: ...
    @property
    def classes(self) -> tuple[Scope, ...]: ...
    def resolve(self, scope: Scope, name: str | None) -> Symbol | None: ...
    def kind(self, scope: Scope, written: str) -> Scope | None: ...
    def given_to(
        self, scope: Scope, name: str
    ) -> Sequence[tuple[Scope, cst.BaseExpression | None]]: ...


def valued(
    code: Names, scope: Scope, node: cst.BaseExpression, hops: int = HOPS
) -> tuple[Scope, cst.BaseExpression]:
    """What an expression stands for, and where that is written; itself where nothing is known."""
    step = _step(code, scope, node, hops) if hops > 0 else None
    return (scope, node) if step is None or step[1] is node else valued(code, *step, hops - 1)


def is_literal(node: cst.CSTNode | None) -> bool:
    if isinstance(node, cst.UnaryOperation):
        return is_literal(node.expression)
    return isinstance(node, LITERAL) or syntax.dotted(node) in ("True", "False", "None")


def _step(code: Names, scope: Scope, node: cst.BaseExpression, hops: int) -> Held | None:
    if isinstance(node, cst.Await):
        return scope, node.expression
    if isinstance(node, cst.NamedExpr):
        return scope, node.value
    if isinstance(node, cst.Name):
        return _of_name(code, scope, node.value)
    if isinstance(node, cst.Attribute):
        return _attribute(code, scope, node)
    if isinstance(node, cst.Subscript):
        return _item(code, scope, node, hops)
    if isinstance(node, cst.Call):
        return _of_call(code, scope, node, hops)
    if isinstance(node, cst.BooleanOperation) and isinstance(node.operator, cst.Or):
        left = valued(code, scope, node.left, hops - 1)
        return left if is_literal(left[1]) else None
    return None


def _of_name(code: Names, scope: Scope, name: str) -> Held | None:
    """What is assigned once in the nearest scope that has the name, or a parameter's default."""
    for each in scope.around():
        if isinstance(each.node, cst.ClassDef) and each is not scope:
            continue
        own = [one.value for one in syntax.assigned_to(each.node, name)]
        param = each.param(name)
        if len(own) == 1 and param is None:
            return each, own[0]
        if own or param is not None:
            return _parameter(code, each, name, param.default) if param and not own else None
    return held_in_module(code, scope, name)


def held_in_module(code: Names, scope: Scope, name: str | None) -> Held | None:
    """What a name, or a dotted one, is given at the top level of a module, and in which."""
    symbol = code.resolve(scope, name)
    held = code.sources.assigned(symbol)
    if symbol is None or symbol.path is None or held is None:
        return None
    return module_at(code, symbol.path), held


def _parameter(
    code: Names, scope: Scope, name: str, default: cst.BaseExpression | None
) -> Held | None:
    """What all calls give for it, or its default."""
    given = [
        (where, node) if node is not None else (scope, default)
        for where, node in code.given_to(scope, name)
    ]
    first = given[0] if given else (scope, default)
    if first[1] is not None and len({node and syntax.code(node) for _, node in given}) < 2:
        return first[0], first[1]
    return (scope, default) if default is not None and is_literal(default) else None


def module_at(code: Names, path: str) -> Scope:
    return Scope(path, code.sources.module(path))


def _attribute(code: Names, scope: Scope, node: cst.Attribute) -> Held | None:
    name = syntax.dotted(node) or ""
    head, _, attribute = name.rpartition(".")
    for each in scope.around():
        own = [one.value for one in syntax.assigned_to(each.node, name)]
        if len(own) == 1:
            return each, own[0]
    if attribute == "value" and (member := _step(code, scope, node.value, 1)):
        return member
    owner = scope.owner
    if head in ("self", "cls") and owner is not None and isinstance(owner.node, cst.ClassDef):
        return _member(owner, attribute)
    if held := held_in_module(code, scope, name):
        return held
    symbol = code.resolve(scope, name)
    if symbol is not None and symbol.path is not None:
        kind = code.sources.kind_of(Symbol(symbol.path, symbol.name.rpartition(".")[0]))
        found = code.sources.definition(kind)
        if isinstance(found, cst.ClassDef) and kind is not None and kind.path:
            return _member(Scope(kind.path, found, module_at(code, kind.path)), attribute)
    made = code.kind(scope, head) if head else None
    if made is not None and (member := _member(made, attribute)):
        return member
    return _field(code, node.attr.value)


def _member(owner: Scope, name: str) -> Held | None:
    """What a class, or the one method that sets it, says of an attribute."""
    assert isinstance(owner.node, cst.ClassDef)
    found = [(owner, _default_of(each.value)) for each in syntax.assigned_to(owner.node, name)] or [
        (Scope(owner.file, method, owner), each.value)
        for method in syntax.functions(owner.node)
        for each in syntax.assigned_to(method, f"self.{name}")
    ]
    return found[0] if len(found) == 1 else None


def _field(code: Names, name: str) -> Held | None:
    """The default of the only field of that name in a class of the project, such as settings."""
    found = _fields(code.classes).get(name, ())
    return found[0] if len(found) == 1 else None


@lru_cache(maxsize=16)
def _fields(classes: tuple[Scope, ...]) -> dict[str, list[Held]]:
    """The defaults of all annotated fields of some classes, by name."""
    found: dict[str, list[Held]] = {}
    for scope in classes:
        for each in syntax.assignments(scope.node):
            if each.annotation is not None:
                found.setdefault(each.target, []).append((scope, _default_of(each.value)))
    return found


def _default_of(value: cst.BaseExpression) -> cst.BaseExpression:
    """`5` of `Field(5)`, `Field(default=5)` and `5`."""
    if isinstance(value, cst.Call) and (syntax.dotted(value.func) or "").endswith("Field"):
        given = syntax.argument(value, "default", 0)
        return value if given is None else given
    return value


def members(node: cst.CSTNode | None) -> list[tuple[str, cst.BaseExpression]] | None:
    """The keys and values of a dict that is written down; None where some are not known."""
    if isinstance(node, cst.Call) and syntax.dotted(node.func) == "dict":
        named = [(arg.keyword.value, arg.value) for arg in node.args if arg.keyword]
        return named if len(named) == len(node.args) else None
    if not isinstance(node, cst.Dict):
        return None
    pairs = [(syntax.text(each.key), each.value) for each in entries_in(node)]
    known = [(key, value) for key, value in pairs if key is not None]
    return known if len(known) == len(node.elements) else None


def _item(code: Names, scope: Scope, node: cst.Subscript, hops: int) -> Held | None:
    """`LIMITS["retries"]`, where the dict is written down."""
    keys = syntax.subscripts(node)
    where, held = valued(code, scope, node.value, hops - 1)
    key = text_of(code, scope, keys[0], hops=hops - 1) if len(keys) == 1 else None
    found = dict(members(held) or ()).get(key or "")
    return None if found is None else (where, found)


def _of_call(code: Names, scope: Scope, node: cst.Call, hops: int) -> Held | None:
    name, values = syntax.dotted(node.func) or "", [arg.value for arg in node.args]
    symbol = code.resolve(scope, name)
    full = (symbol.package_name if symbol else "") or name
    if name == "getattr" and len(values) > 1 and (attribute := syntax.text(values[1])):
        found = _attribute(code, scope, cst.Attribute(values[0], cst.Name(attribute)))
        return found or ((scope, values[2]) if len(values) > 2 else None)
    if full in (*ENVIRONMENT, "typing.cast", "cast") and len(values) > 1:
        return scope, values[1]
    if isinstance(node.func, cst.Attribute) and node.func.attr.value == "get" and values:
        where, held = valued(code, scope, node.func.value, hops - 1)
        known, key = members(held), text_of(code, scope, values[0], hops=hops - 1)
        if known is not None and key is not None:
            default = values[1] if len(values) > 1 else None
            member = dict(known).get(key, default)
            return (where, member) if member is not None else None
    return _of_helper(code, symbol, hops)


def _of_helper(code: Names, symbol: Symbol | None, hops: int) -> Held | None:
    """What a helper of the project returns, where that is always the same literal."""
    function = code.sources.function(symbol)
    if function is None or symbol is None or symbol.path is None:
        return None
    given = list(syntax.returns(function))
    if len(given) != 1 or given[0] is None:
        return None
    scope = Scope(symbol.path, function, module_at(code, symbol.path))
    found = valued(code, scope, given[0], hops - 1)
    return found if is_literal(found[1]) else None


def text_of(
    code: Names,
    scope: Scope,
    node: cst.BaseExpression | None,
    unknown: str | None = None,
    hops: int = HOPS,
) -> str | None:
    """The text that an expression is, also where it is put together; `unknown` fills its gaps."""
    if node is None or hops <= 0:
        return unknown
    scope, node = valued(code, scope, node, hops)

    def inner(part: cst.BaseExpression) -> str | None:
        return text_of(code, scope, part, unknown, hops - 1)

    if isinstance(node, cst.FormattedString | cst.ConcatenatedString) and syntax.text(node) is None:
        return joined(pieces_of(node, inner))
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add):
        return joined([inner(node.left), inner(node.right)])
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Modulo) and unknown:
        return PLACES.sub(unknown, inner(node.left) or unknown)
    if isinstance(node, cst.IfExp) and unknown:
        return max(inner(node.body) or "", inner(node.orelse) or "", key=len)
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        return _of_method(node, node.func, inner, unknown) or unknown
    number = node.value if isinstance(node, cst.Integer) else None
    text = syntax.text(node)
    return text if text is not None else number if number is not None and hops < HOPS else unknown


Inner = Callable[[cst.BaseExpression], str | None]


def joined(parts: list[str | None]) -> str | None:
    """None where one of the parts is not known."""
    return None if None in parts else "".join(each for each in parts if each is not None)


def pieces_of(node: cst.BaseExpression, inner: Inner) -> list[str | None]:
    """The parts of a text that is put together, each as a literal or as `inner` reads it."""
    if isinstance(node, cst.ConcatenatedString):
        return [*pieces_of(node.left, inner), *pieces_of(node.right, inner)]
    if not isinstance(node, cst.FormattedString):
        return [syntax.text(node)]
    return [
        each.value
        if isinstance(each, cst.FormattedStringText)
        else inner(each.expression)
        if isinstance(each, cst.FormattedStringExpression)
        else None
        for each in node.parts
    ]


def _of_method(
    node: cst.Call, func: cst.Attribute, inner: Inner, unknown: str | None
) -> str | None:
    """`" ".join(parts)`, `TEXT.format(...)`, `TEXT.lower()`"""
    change, values = func.attr.value, [arg.value for arg in node.args]
    known: dict[str, Callable[[str], str]] = {"lower": str.lower, "strip": str.strip}
    if change == "join" and len(values) == 1 and isinstance(values[0], cst.List | cst.Tuple):
        between = inner(func.value)
        parts = [inner(each.value) for each in values[0].elements]
        return None if between is None or None in parts else between.join(p or "" for p in parts)
    text = inner(func.value) if change in (*known, "format") else None
    if text is None or change == "format":
        return _of_format(text, node, inner, unknown) if text is not None else None
    return known[change](text) if not values else None


def _of_format(text: str, call: cst.Call, inner: Inner, unknown: str | None) -> str | None:
    """What `text.format(...)` gives."""
    plain = [inner(arg.value) for arg in call.args if not arg.star and arg.keyword is None]
    named = {arg.keyword.value: inner(arg.value) for arg in call.args if arg.keyword}
    if None in plain or None in named.values():
        return None
    try:
        return text.format(*plain, **named)
    except (IndexError, KeyError, ValueError, AttributeError):
        return None if unknown is None else text
