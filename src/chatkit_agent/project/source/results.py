"""Results: which names hold what ChatKit gives, and which of its two kinds by the tests before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.code import Call, Code
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import last_name, within_node

STREAMS, WHOLE = "StreamingResult", "NonStreamingResult"
EITHER = frozenset({STREAMS, WHOLE})
MOST = 30
CATCHING = {"AttributeError", "TypeError"}
LEAVES = (cst.Return, cst.Raise, cst.Continue, cst.Break)


Holder = tuple[Scope, str | cst.Call, frozenset[str]]


def holders(code: Code, handing: Call) -> Iterator[tuple[Scope, str, frozenset[str]]]:
    """Each function with a name in it that holds the result, and nothing that is made of it, with
    the kinds that it may be where the function begins.
    """
    begun = handing.scope.function
    waiting: list[Holder] = [(begun, handing.node, EITHER)] if begun is not None else []
    for place, (scope, held, kinds) in enumerate(waiting):
        if place > MOST or (scope, held, kinds) in waiting[:place]:
            continue
        if isinstance(held, str):
            yield scope, held, kinds
        waiting += _handed_on(code, scope, held, kinds)
        if any(_is_it(code, scope, each, held) for each in syntax.returned(scope.node)):
            around = ((call.scope.function, call) for call in code.called_by.get(scope, ()))
            waiting += [(each, call.node, kinds) for each, call in around if each is not None]


def _handed_on(
    code: Code, scope: Scope, held: str | cst.Call, kinds: frozenset[str]
) -> Iterator[Holder]:
    """The other names for it, here and in the functions that it is given to."""
    for each in syntax.assignments(scope.node):
        if _is_it(code, scope, each.value, held):
            yield scope, each.target, kinds
    for call in code.inside(scope):
        called = code.called(call)
        given = [arg.value for arg in call.node.args if _is_it(code, scope, arg.value, held)]
        if called is not None and given:
            left = kinds_at(scope.node, held, given[0], kinds) if isinstance(held, str) else kinds
            names = code.parameters_given(call.node, called, given.__contains__)
            yield from ((called, each, left) for each in names if left is not None)


def _is_it(code: Code, scope: Scope, node: cst.BaseExpression, held: str | cst.Call) -> bool:
    """The result itself: awaited, or run to its end in a loop of its own."""
    if isinstance(node, cst.Await):
        return _is_it(code, scope, node.expression, held)
    if isinstance(node, cst.Call) and node is not held and node.args:
        is_run = code.package_name(scope, syntax.dotted(node.func)) == "asyncio.run"
        is_run = is_run or last_name(node.func) == "run_until_complete"
        return is_run and _is_it(code, scope, node.args[0].value, held)
    return syntax.dotted(node) == held if isinstance(held, str) else node is held


def kinds_at(
    function: cst.CSTNode, name: str, use: cst.CSTNode, kinds: frozenset[str] = EITHER
) -> frozenset[str] | None:
    """The results that may be meant by a name where it is used; None where that cannot be told."""
    body = getattr(function, "body", None)
    return _in_block(body, name, use, kinds) if body is not None else None


def _in_block(
    block: cst.CSTNode, name: str, use: cst.CSTNode, kinds: frozenset[str]
) -> frozenset[str] | None:
    body = getattr(block, "body", ())
    for each in body if isinstance(body, Sequence) else (body,):
        if use not in set(syntax.walk(each)):
            left = _after(each, name, kinds)
            if left is None:
                return None
            kinds = left
        elif isinstance(each, cst.If):
            return _in_if(each, name, use, kinds)
        else:
            return _in_parts(each, name, use, kinds)
    return kinds


def _in_if(
    node: cst.If, name: str, use: cst.CSTNode, kinds: frozenset[str]
) -> frozenset[str] | None:
    passed = _kinds_passing(node.test, name)
    if passed is None or use in set(syntax.walk(node.test)):
        return None
    if use in set(syntax.walk(node.body)):
        return _in_block(node.body, name, use, kinds & passed)
    kinds = kinds & _other(passed)
    if isinstance(node.orelse, cst.If):
        return _in_if(node.orelse, name, use, kinds)
    return _in_block(node.orelse, name, use, kinds) if node.orelse is not None else kinds


def _in_parts(
    node: cst.CSTNode, name: str, use: cst.CSTNode, kinds: frozenset[str]
) -> frozenset[str] | None:
    """In a `with`, a loop, a function that is defined here, or an expression with a condition."""
    if any(within_node(node, cst.Match)) or _is_caught(node, use):
        return None
    for each in within_node(node, cst.IfExp):
        branches: tuple[tuple[cst.BaseExpression, bool], ...]
        branches = ((each.body, True), (each.orelse, False))
        for branch, is_true in branches:
            if use in set(syntax.walk(branch)):
                passed = _kinds_passing(each.test, name)
                if passed is None:
                    return None
                kinds = kinds & (passed if is_true else _other(passed))
    for part in syntax.parts_of(node):
        if isinstance(part, cst.IndentedBlock) and use in set(syntax.walk(part)):
            return _in_block(part, name, use, kinds)
    inner = next((e for e in syntax.parts_of(node) if use in set(syntax.walk(e))), None)
    is_block = isinstance(inner, cst.Try | cst.With | cst.Else | cst.Finally | cst.ExceptHandler)
    return _in_parts(inner, name, use, kinds) if is_block and inner is not None else kinds


def _is_caught(node: cst.CSTNode, use: cst.CSTNode) -> bool:
    """`try: result.json` with an `except AttributeError`"""
    for each in within_node(node, cst.Try):
        kinds = {name for h in each.handlers for name in _names_in(h.type)}
        is_bare = any(handler.type is None for handler in each.handlers)
        if (is_bare or kinds & CATCHING) and use in set(syntax.walk(each)):
            return True
    return False


def _names_in(node: cst.CSTNode | None) -> set[str]:
    return {each.value for each in within_node(node, cst.Name)} if node is not None else set()


def _after(node: cst.CSTNode, name: str, kinds: frozenset[str]) -> frozenset[str] | None:
    """What is left after a statement that leaves the function for some of them."""
    asked = [each for each in within_node(node, cst.If) if name in _names_in(each)]
    if any(name in _names_in(each) for each in within_node(node, cst.Match)):
        return None
    if not asked:
        return kinds
    if not isinstance(node, cst.If) or not _leaves(node.body):
        return kinds if all(_kinds_passing(each.test, name) == EITHER for each in asked) else None
    passed = _kinds_passing(node.test, name)
    if passed is None or node.orelse is not None:
        return None
    return kinds & _other(passed)


def _leaves(block: cst.BaseSuite) -> bool:
    last = block.body[-1] if block.body else None
    line = last.body[-1] if isinstance(last, cst.SimpleStatementLine) else last
    return isinstance(line, LEAVES)


def _kinds_passing(test: cst.BaseExpression, name: str) -> frozenset[str] | None:
    """The results for which a test is true; all where it asks nothing of the name."""
    if name not in _names_in(test):
        return EITHER
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        inner = _kinds_passing(test.expression, name)
        return None if inner is None else _other(inner)
    if not isinstance(test, cst.Call) or len(test.args) != 2:
        return None
    asked, given = (arg.value for arg in test.args)
    if syntax.dotted(asked) != name:
        return None
    if last_name(test.func) == "isinstance":
        kind = last_name(given)
        return frozenset({kind}) if kind in EITHER else None
    attribute = syntax.text(given) if last_name(test.func) == "hasattr" else None
    known = {"json": WHOLE, "json_events": STREAMS, "__aiter__": STREAMS}
    return frozenset({known[attribute]}) if attribute in known else None


def _other(passed: frozenset[str]) -> frozenset[str]:
    return EITHER - passed if passed != EITHER else EITHER
