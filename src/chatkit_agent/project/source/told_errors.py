"""Told errors: where the words of an exception go, through names and helpers."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.code import Code
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.values import valued
from chatkit_agent.project.source.walking import within_node

HOPS = 4
WORDLESS = {"__class__", "__name__", "__traceback__", "status_code", "code", "errno", "sqlstate"}
TRACES = ("traceback.format_exc", "traceback.format_exception", "sys.exc_info")
SAYING = {"str", "repr", "format", "join", "dumps", "dict", "list", "ascii", "jsonable_encoder"}
SAYING |= {"encode", "strip", "replace", "model_dump", "rstrip", "title", "lower", "capitalize"}


def kinds_caught(
    code: Code, scope: Scope, kind: cst.BaseExpression | None, hops: int = HOPS
) -> set[str]:
    """The names of the exceptions that a handler takes, by whatever name they go here."""
    if kind is None:
        return {"BaseException"}
    where, node = valued(code, scope, kind)
    if isinstance(node, cst.Tuple):
        inner = (each.value for each in node.elements) if hops else ()
        return set().union(*(kinds_caught(code, where, each, hops - 1) for each in inner))
    written = syntax.dotted(node) or ""
    symbol = code.resolve(where, written)
    return {(symbol.name if symbol else written).removeprefix("builtins.")}


def names_of(body: cst.CSTNode, names: set[str]) -> set[str]:
    """The names of an exception, and of what is made of its words."""
    found = set(names)
    given: dict[str, list[cst.BaseExpression]] = {}
    for each in within_node(body, cst.Assign):
        for name in (syntax.dotted(target.target) for target in each.targets):
            given.setdefault(name or "", []).append(each.value)
    for name, values in given.items():  # all, since some may be for developers only
        if all(_says_plainly(value, found) for value in values):
            found.add(name)
    return found


def _says_plainly(node: cst.BaseExpression, names: set[str]) -> bool:
    used = within_node(node, cst.Name)
    calls = [syntax.dotted(each.func) or "" for each in within_node(node, cst.Call)]
    is_saying = all(each.rpartition(".")[2] in SAYING or "." in each for each in calls)
    return is_saying and any(each.value in names for each in used)


def says_error(
    code: Code, scope: Scope, node: cst.BaseExpression | None, names: set[str], hops: int = HOPS
) -> bool:
    """Whether an expression holds the words of an exception that has these names."""
    if node is None or not hops:
        return False
    if isinstance(node, cst.Name):
        return node.value in names
    if isinstance(node, cst.Call):
        return _call_says(code, scope, node, names, hops - 1)
    if isinstance(node, cst.IfExp):  # in a mode for developers, for example
        sides = (says_error(code, scope, e, names, hops - 1) for e in (node.body, node.orelse))
        return all(sides)
    return any(says_error(code, scope, each, names, hops) for each in _parts(node))


def _parts(node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    if isinstance(node, cst.Attribute):
        yield from () if node.attr.value in WORDLESS else (node.value,)
    elif isinstance(node, cst.Subscript | cst.NamedExpr):
        yield node.value
    elif isinstance(node, cst.Await):
        yield node.expression
    elif isinstance(node, cst.BinaryOperation | cst.BooleanOperation | cst.ConcatenatedString):
        yield from (node.left, node.right)
    elif isinstance(node, cst.FormattedString):
        yield from (e.expression for e in within_node(node, cst.FormattedStringExpression))
    elif isinstance(node, cst.Dict | cst.List | cst.Tuple | cst.Set):
        yield from (each.value for each in node.elements)


def _call_says(code: Code, scope: Scope, node: cst.Call, names: set[str], hops: int) -> bool:
    call = code.call_of(node)
    if call is None:
        return False
    if call.name in TRACES:
        return True
    if isinstance(node.func, cst.Attribute) and says_error(code, scope, node.func, names, hops):
        return True
    called = code.called(call)
    if called is not None:
        given = given_names(code, scope, node, called, names)
        returned = syntax.returned(called.node) if given else []
        inner = names_of(called.node, given)
        return any(says_error(code, called, each, inner, hops) for each in returned)
    is_kind = call.method[:1].isupper()  # `{"error": Problem(detail=str(e))}`
    if call.method not in SAYING and not is_kind:
        return False
    return any(says_error(code, scope, arg.value, names, hops) for arg in node.args)


def given_names(
    code: Code, scope: Scope, call: cst.Call, called: Scope, names: set[str]
) -> set[str]:
    """The parameters of a function that a call gives the words of the exception, or itself."""
    return code.parameters_given(call, called, lambda each: says_error(code, scope, each, names))
