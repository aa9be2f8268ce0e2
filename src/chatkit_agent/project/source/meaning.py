"""Meaning: what an expression stands for, by constants, defaults and imports, not by words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.scopes import Call, Code, Scope, literals, within_node

SECONDS = {"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1, "weeks": 604800}
HOPS = 6


def resolves_to(code: Code, scope: Scope, node: cst.CSTNode | str | None, *names: str) -> bool:
    """Whether an expression is what an installed package has under one of these full names."""
    written = node if isinstance(node, str) else syntax.dotted(node)
    symbol = code.resolve(scope, written)
    return symbol is not None and symbol.path is None and symbol.name in names


def calls_to(code: Code, *names: str) -> Iterator[Call]:
    """Calls of what installed packages have under these full names, whatever it is called here."""
    return (call for call in code.calls if resolves_to(code, call.scope, call.written, *names))


def names_used(*nodes: cst.CSTNode) -> set[str]:
    """Every identifier in some code, and no word of a comment or a text."""
    return {name.value for node in nodes for name in within_node(node, cst.Name)}


def value_of(
    code: Code, scope: Scope, given: cst.BaseExpression | None, hops: int = HOPS
) -> cst.BaseExpression | None:
    """What an expression holds: names, constants of other files and defaults of fields followed.

    The expression itself where nothing is known of it.
    """
    if given is None or not hops:
        return given
    if isinstance(given, cst.Await):
        return value_of(code, scope, given.expression, hops)
    if isinstance(given, cst.Name | cst.Attribute):
        found = _held(code, scope, given)
        if found is not None and found[1] is not given:
            return value_of(code, found[0], found[1], hops - 1)
    if isinstance(given, cst.BooleanOperation) and isinstance(given.operator, cst.Or):
        left = value_of(code, scope, given.left, hops - 1)
        return left if _is_literal(left) else given
    return given


def _is_literal(node: cst.CSTNode | None) -> bool:
    return isinstance(node, cst.Integer | cst.Float | cst.SimpleString | cst.List | cst.Tuple)


def _held(
    code: Code, scope: Scope, given: cst.Name | cst.Attribute
) -> tuple[Scope, cst.BaseExpression] | None:
    name = syntax.dotted(given) or ""
    for each in scope.around():
        own = [one.value for one in syntax.assignments(each.node) if one.target == name]
        if len(own) == 1:
            return each, own[0]
        default = _default(each, name)
        if default is not None:
            return each, default
        if own or (isinstance(each.node, cst.FunctionDef) and _is_parameter(each.node, name)):
            return None
    symbol = code.resolve(scope, name)
    defined = code.sources.definition(symbol)
    if isinstance(defined, syntax.Assignment) and symbol is not None:
        module = next((each for each in code.modules if each.file == symbol.path), scope)
        return module, defined.value
    return _field(code, given) if isinstance(given, cst.Attribute) else None


def _is_parameter(function: cst.FunctionDef, name: str) -> bool:
    return any(each.name.value == name for each in syntax.parameters(function))


def _default(scope: Scope, name: str) -> cst.BaseExpression | None:
    """The default of a parameter, where it is a plain value."""
    if not isinstance(scope.node, cst.FunctionDef):
        return None
    found = (each.default for each in syntax.parameters(scope.node) if each.name.value == name)
    return next((each for each in found if _is_literal(each)), None)


def _field(code: Code, given: cst.Attribute) -> tuple[Scope, cst.BaseExpression] | None:
    """The default of a field of that name in a class of the project, such as settings."""
    found = [
        (scope, _default_of(each.value))
        for scope in code.classes
        for each in syntax.assignments(scope.node)
        if each.target == given.attr.value and each.annotation is not None
    ]
    return found[0] if len(found) == 1 and found[0][1] is not None else None


def _default_of(value: cst.BaseExpression) -> cst.BaseExpression:
    """`5` of `Field(5)`, `Field(default=5)` and `5`."""
    if isinstance(value, cst.Call):
        given = syntax.argument(value, "default", 0)
        return value if given is None else given
    return value


def argument_of(
    code: Code, call: Call, keyword: str, position: int | None = None
) -> cst.BaseExpression | None:
    """What a call is given by keyword or position, or by a dict that is spread into it."""
    given = call.argument(keyword, position)
    if given is None:
        for arg in call.node.args:
            if arg.star == "**":
                given = item_of(value_of(code, call.scope, arg.value), keyword) or given
    return value_of(code, call.scope, given)


def item_of(node: cst.CSTNode | None, key: str) -> cst.BaseExpression | None:
    """The value of a key in a dict that is written down."""
    for each in node.elements if isinstance(node, cst.Dict) else ():
        if isinstance(each, cst.DictElement) and syntax.text(each.key) == key:
            return each.value
    if isinstance(node, cst.Call) and syntax.dotted(node.func) == "dict":
        return syntax.argument(node, key)
    return None


def number_of(
    code: Code, scope: Scope, given: cst.BaseExpression | None, hops: int = HOPS
) -> float | None:
    """The number that an expression is; of a `timedelta` its seconds."""
    node = value_of(code, scope, given)
    if isinstance(node, cst.Integer | cst.Float):
        return syntax.number(node)
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Minus):
        inner = number_of(code, scope, node.expression, hops - 1)
        return None if inner is None else -inner
    if isinstance(node, cst.BinaryOperation) and hops:
        return _computed(code, scope, node, hops - 1)
    if isinstance(node, cst.Call) and (syntax.dotted(node.func) or "").endswith("timedelta"):
        return _seconds(code, scope, node)
    return None


def _computed(code: Code, scope: Scope, node: cst.BinaryOperation, hops: int) -> float | None:
    left = number_of(code, scope, node.left, hops)
    right = number_of(code, scope, node.right, hops)
    if left is None or right is None:
        return None
    if isinstance(node.operator, cst.Multiply):
        return left * right
    if isinstance(node.operator, cst.Add):
        return left + right
    return left - right if isinstance(node.operator, cst.Subtract) else None


def _seconds(code: Code, scope: Scope, call: cst.Call) -> float | None:
    parts = [
        (arg.keyword.value if arg.keyword else ("days", "seconds")[min(n, 1)], arg.value)
        for n, arg in enumerate(call.args)
    ]
    found = [(SECONDS.get(name), number_of(code, scope, value)) for name, value in parts]
    known = [each * many for each, many in found if each is not None and many is not None]
    return sum(known) if len(known) == len(found) else None


def truth_of(code: Code, scope: Scope, given: cst.BaseExpression | None) -> bool | None:
    """True and False where an expression is one of them, followed as `value_of` does."""
    written = syntax.dotted(value_of(code, scope, given))
    return {"True": True, "False": False}.get(written or "")


def texts_of(code: Code, scope: Scope, given: cst.BaseExpression | None) -> list[str] | None:
    """A list of texts in lower case; None where only running it would tell."""
    node = value_of(code, scope, given)
    if isinstance(node, cst.Call) and syntax.dotted(node.func) in ("list", "tuple", "set"):
        node = node.args[0].value if node.args else None
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add):
        sides = [texts_of(code, scope, each) for each in (node.left, node.right)]
        return None if None in sides else [text for side in sides for text in side or ()]
    if not isinstance(node, cst.List | cst.Tuple | cst.Set):
        return None
    found = [_text(code, scope, each.value) for each in node.elements]
    return None if None in found else [text.lower() for text in found if text is not None]


def _text(code: Code, scope: Scope, given: cst.BaseExpression) -> str | None:
    return syntax.text(value_of(code, scope, given))


def reaches(code: Code, start: Iterable[Scope], hops: int = 4) -> tuple[Scope, ...]:
    """The functions of the project that some functions call, and what these call, themselves in."""
    found = list(start)
    edge = list(found)
    for _ in range(hops):
        called = (code.called(call) for each in edge for call in code.inside(each))
        edge = [each for each in dict.fromkeys(called) if each and each not in found]
        found += edge
    return tuple(found)


def says(node: cst.CSTNode, *words: str) -> bool:
    """Whether a text in some code is one of these, in any case; comments do not count."""
    return any(text.lower() in words for _, text in literals(node))
