"""Values: what an expression stands for, followed through names, fields, defaults and helpers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.sources import Sources, Symbol

HOPS = 8
LITERAL = (
    cst.Integer | cst.Float | cst.SimpleString | cst.ConcatenatedString | cst.FormattedString
) | (cst.List | cst.Tuple | cst.Set | cst.Dict)
ENVIRONMENT = ("os.getenv", "os.environ.get")
Held = tuple[Scope, cst.BaseExpression]


class Names(Protocol):
    """What is asked of the code around."""

    @property
    def sources(self) -> Sources: ...
    @property
    def classes(self) -> tuple[Scope, ...]: ...
    def resolve(self, scope: Scope, name: str | None) -> Symbol | None: ...
    def given_to(
        self, scope: Scope, name: str
    ) -> Sequence[tuple[Scope, cst.BaseExpression | None]]: ...


def valued(
    code: Names, scope: Scope, node: cst.BaseExpression, hops: int = HOPS
) -> tuple[Scope, cst.BaseExpression]:
    """What an expression stands for, and where that is written; itself where nothing is known."""
    step = _step(code, scope, node, hops) if hops else None
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
        return _named(code, scope, node.value)
    if isinstance(node, cst.Attribute):
        return _attribute(code, scope, node)
    if isinstance(node, cst.Subscript):
        return _item(code, scope, node, hops)
    if isinstance(node, cst.Call):
        return _called(code, scope, node, hops)
    if isinstance(node, cst.BooleanOperation) and isinstance(node.operator, cst.Or):
        left = valued(code, scope, node.left, hops - 1)
        return left if is_literal(left[1]) else None
    return None


def _named(code: Names, scope: Scope, name: str) -> Held | None:
    """What is assigned once in the nearest scope that has the name, or a parameter's default."""
    for each in scope.around():
        if isinstance(each.node, cst.ClassDef) and each is not scope:
            continue
        own = [one.value for one in syntax.assignments(each.node) if one.target == name]
        params = syntax.parameters(each.node) if isinstance(each.node, cst.FunctionDef) else ()
        given = [param.default for param in params if param.name.value == name]
        if len(own) == 1 and not given:
            return each, own[0]
        if own or given:
            return _parameter(code, each, name, given[0]) if given and not own else None
    symbol = code.resolve(scope, name)
    defined = code.sources.definition(symbol)
    if symbol is None or symbol.path is None or not isinstance(defined, syntax.Assignment):
        return None
    return _module(code, symbol.path), defined.value


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


def _module(code: Names, path: str) -> Scope:
    return Scope(path, code.sources.module(path))


def _attribute(code: Names, scope: Scope, node: cst.Attribute) -> Held | None:
    name = syntax.dotted(node) or ""
    head, _, attribute = name.rpartition(".")
    for each in scope.around():
        own = [one.value for one in syntax.assignments(each.node) if one.target == name]
        if len(own) == 1:
            return each, own[0]
    if attribute == "value" and (member := _step(code, scope, node.value, 1)):
        return member
    owner = scope.owner
    if head in ("self", "cls") and owner is not None and isinstance(owner.node, cst.ClassDef):
        return _member(owner, attribute)
    symbol = code.resolve(scope, name)
    if symbol is not None and symbol.path is not None:
        defined = code.sources.definition(symbol)
        if isinstance(defined, syntax.Assignment):
            return _module(code, symbol.path), defined.value
        kind = code.sources.kind_of(Symbol(symbol.path, symbol.name.rpartition(".")[0]))
        found = code.sources.definition(kind)
        if isinstance(found, cst.ClassDef) and kind is not None and kind.path:
            return _member(Scope(kind.path, found, _module(code, kind.path)), attribute)
    return _field(code, node.attr.value)


def _member(owner: Scope, name: str) -> Held | None:
    """What a class, or the one method that sets it, says of an attribute."""
    assert isinstance(owner.node, cst.ClassDef)
    found = [
        (owner, _default_of(each.value))
        for each in syntax.assignments(owner.node)
        if each.target == name
    ] or [
        (Scope(owner.file, method, owner), each.value)
        for method in syntax.functions(owner.node)
        for each in syntax.assignments(method)
        if each.target == f"self.{name}"
    ]
    return found[0] if len(found) == 1 else None


def _field(code: Names, name: str) -> Held | None:
    """The default of the only field of that name in a class of the project, such as settings."""
    found = [
        (scope, _default_of(each.value))
        for scope in code.classes
        for each in syntax.assignments(scope.node)
        if each.target == name and each.annotation is not None
    ]
    return found[0] if len(found) == 1 else None


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
    pairs = [
        (syntax.text(each.key), each.value)
        for each in node.elements
        if isinstance(each, cst.DictElement)
    ]
    known = [(key, value) for key, value in pairs if key is not None]
    return known if len(known) == len(node.elements) else None


def _item(code: Names, scope: Scope, node: cst.Subscript, hops: int) -> Held | None:
    """`LIMITS["retries"]`, where the dict is written down."""
    keys = syntax.subscripts(node)
    where, held = valued(code, scope, node.value, hops - 1)
    key = text_of(code, scope, keys[0]) if len(keys) == 1 else None
    found = dict(members(held) or ()).get(key or "")
    return None if found is None else (where, found)


def _called(code: Names, scope: Scope, node: cst.Call, hops: int) -> Held | None:
    name, values = syntax.dotted(node.func) or "", [arg.value for arg in node.args]
    symbol = code.resolve(scope, name)
    full = symbol.name if symbol is not None and symbol.path is None else name
    if name == "getattr" and len(values) > 1 and (attribute := syntax.text(values[1])):
        found = _attribute(code, scope, cst.Attribute(values[0], cst.Name(attribute)))
        return found or ((scope, values[2]) if len(values) > 2 else None)
    if full in (*ENVIRONMENT, "typing.cast", "cast") and len(values) > 1:
        return scope, values[1]
    if isinstance(node.func, cst.Attribute) and node.func.attr.value == "get" and values:
        where, held = valued(code, scope, node.func.value, hops - 1)
        known, key = members(held), text_of(code, scope, values[0])
        if known is not None and key is not None:
            default = values[1] if len(values) > 1 else None
            member = dict(known).get(key, default)
            return (where, member) if member is not None else None
    return _returned(code, symbol, hops)


def _returned(code: Names, symbol: Symbol | None, hops: int) -> Held | None:
    """What a helper of the project returns, where that is always the same literal."""
    function = code.sources.function(symbol)
    if function is None or symbol is None or symbol.path is None:
        return None
    given = list(syntax.returns(function))
    if len(given) != 1 or given[0] is None:
        return None
    scope = Scope(symbol.path, function, _module(code, symbol.path))
    found = valued(code, scope, given[0], hops - 1)
    return found if is_literal(found[1]) else None


def text_of(code: Names, scope: Scope, node: cst.BaseExpression | None) -> str | None:
    """The text that an expression is, also where it is put together of known parts."""
    if node is None:
        return None
    scope, node = valued(code, scope, node)
    if isinstance(node, cst.FormattedString):
        parts = list(_parts_of(code, scope, node))
        return None if None in parts else "".join(each for each in parts if each is not None)
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add):
        left, right = text_of(code, scope, node.left), text_of(code, scope, node.right)
        return None if left is None or right is None else left + right
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and not node.args:
        inner, change = text_of(code, scope, node.func.value), node.func.attr.value
        known: dict[str, Callable[[str], str]] = {"lower": str.lower, "strip": str.strip}
        return known[change](inner) if inner is not None and change in known else None
    return syntax.text(node)


def _parts_of(code: Names, scope: Scope, node: cst.FormattedString) -> Iterator[str | None]:
    for each in node.parts:
        if isinstance(each, cst.FormattedStringText):
            yield each.value
        elif isinstance(each, cst.FormattedStringExpression):
            held = valued(code, scope, each.expression)[1]
            number = held.value if isinstance(held, cst.Integer) else None
            yield number or text_of(code, scope, each.expression)
