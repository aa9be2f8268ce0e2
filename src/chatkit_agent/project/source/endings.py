"""Endings: whether a function may give None where it is to give something."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.code import Code
from chatkit_agent.project.source.meaning import is_collection, names_used
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.values import valued
from chatkit_agent.project.source.walking import last_name, within_node

HOPS = 2


def none_given(code: Code, function: Scope, hops: int = HOPS) -> cst.CSTNode | None:
    """What gives None: a `return None`, a `get` of a dict that nobody looks at, or the end."""
    node = function.node
    if not isinstance(node, cst.FunctionDef) or any(within_node(node, cst.Yield)):
        return None
    for each in _own_returns(node):
        if each.value is None or _is_none(code, function, each.value):
            return each
        call = code.call_of(
            each.value.expression if isinstance(each.value, cst.Await) else each.value
        )
        called = code.called(call) if call is not None and hops else None
        if called is not None and none_given(code, called, hops - 1) is not None:
            return each
    return None if _ends(node.body) else node.name


def _own_returns(node: cst.FunctionDef) -> Iterator[cst.Return]:
    inner = {part for each in syntax.functions(node) for part in syntax.walk(each)}
    return (each for each in within_node(node, cst.Return) if each not in inner)


def _is_none(code: Code, scope: Scope, value: cst.BaseExpression) -> bool:
    if isinstance(value, cst.IfExp):
        return any(syntax.dotted(each) == "None" for each in (value.body, value.orelse))
    where, held = valued(code, scope, value)
    if syntax.dotted(value) == "None":
        return True
    if not isinstance(held, cst.Call) or last_name(held.func) != "get" or len(held.args) != 1:
        return False
    assert isinstance(held.func, cst.Attribute)
    is_kept = is_collection(code, *valued(code, where, held.func.value))
    return is_kept and not _is_looked_at(scope, syntax.dotted(value))


def _is_looked_at(scope: Scope, name: str | None) -> bool:
    tests = [each.test for each in within_node(scope.node, cst.If)]
    tests += [each.test for each in within_node(scope.node, cst.Assert)]
    return name is not None and any(name in names_used(each) for each in tests)


def _ends(block: cst.BaseSuite) -> bool:
    """Whether every way through it ends with a `return` or a `raise`."""
    last = block.body[-1] if block.body else None
    if isinstance(last, cst.SimpleStatementLine):
        return isinstance(last.body[-1], cst.Return | cst.Raise)
    if isinstance(last, cst.If):
        return _ends(last.body) and last.orelse is not None and _ends_too(last.orelse)
    if isinstance(last, cst.With):
        return _ends(last.body)
    if isinstance(last, cst.Try):
        if last.finalbody is not None and _ends(last.finalbody.body):
            return True
        body = last.orelse.body if last.orelse is not None else last.body
        return _ends(body) and all(_ends(each.body) for each in last.handlers)
    return not isinstance(last, cst.For)


def _ends_too(node: cst.If | cst.Else) -> bool:
    if isinstance(node, cst.Else):
        return _ends(node.body)
    return _ends(node.body) and node.orelse is not None and _ends_too(node.orelse)
