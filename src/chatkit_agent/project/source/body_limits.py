"""Body limits: whether code refuses what is too long, and by whose count."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.code import Call, Code
from chatkit_agent.project.source.flows import Flow
from chatkit_agent.project.source.meaning import status_of
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import compares_by, literals, within_node

LENGTH = "content-length"
READING = ("body", "json", "stream", "form")


def limits_body(code: Code, scope: Scope, reading: tuple[str, ...] = READING) -> bool:
    """Whether it refuses with 413, or compares how long a request is with something."""
    calls = code.inside(scope)
    if any(_answers(code, each, 413) for each in calls):
        return True
    if any(
        isinstance(each, cst.Integer) and each.value == "413" for each in syntax.walk(scope.node)
    ):
        return True
    if any(_is_unseen(code, each) for each in calls):
        return True
    lengths: set[cst.CSTNode] = {
        node for node, text in literals(scope.node) if text.lower() == LENGTH
    }
    lengths |= {each.node for each in calls if each.method in reading}
    read = Flow(code, scope, nodes=lengths)
    compared = within_node(scope.node, cst.Comparison)
    return bool(lengths) and any(read.holds(each) and _is_of_size(each) for each in compared)


def _is_of_size(node: cst.Comparison) -> bool:
    """`size > MOST`, and not `body == b""`"""
    return compares_by(node, cst.GreaterThan, cst.GreaterThanEqual, cst.LessThan, cst.LessThanEqual)


def _answers(code: Code, call: Call, status: int) -> bool:
    return any(status_of(code, call.scope, each) == status for each in call.given)


def _is_unseen(code: Code, call: Call) -> bool:
    """A function that only running tells, by its name or what it is given: `check(MAX_BYTES)`"""
    if code.called(call) is not None or call.symbol is not None:
        return False
    names = (syntax.dotted(each) or "" for each in call.given)
    return any(
        re.search(r"max_?(?:body|bytes|size|request)", name, re.IGNORECASE) for name in names
    )


def lengths_asked(code: Code, scope: Scope) -> Iterator[cst.CSTNode]:
    """`headers.get("content-length")`, which gives nothing where there is none."""
    for call in code.inside(scope):
        if call.method == "get" and (call.text("key", 0) or "").lower() == LENGTH:
            yield call.node


def counts_body(code: Code, scope: Scope) -> bool:
    """Whether it counts what came, or refuses what has no length."""
    if any(_answers(code, each, 411) for each in code.inside(scope)):
        return True
    if any(each.value == "411" for each in within_node(scope.node, cst.Integer)):
        return True
    return _refuses_without(code, scope) or _measures(code, scope)


def _refuses_without(code: Code, scope: Scope) -> bool:
    """`if size is None: raise ...`, and `if not size: ...`"""
    asked = Flow(code, scope, nodes=set(lengths_asked(code, scope)))
    return any(
        _is_missing(each.test)
        and asked.holds(each.test)
        and any(within_node(each.body, cst.Raise, cst.Return))
        for each in within_node(scope.node, cst.If)
    )


def _is_missing(test: cst.BaseExpression) -> bool:
    if isinstance(test, cst.UnaryOperation):
        return isinstance(test.operator, cst.Not)
    compared = test.comparisons[0] if isinstance(test, cst.Comparison) else None
    is_none = compared is not None and isinstance(compared.operator, cst.Is)
    return is_none and compared is not None and syntax.dotted(compared.comparator) == "None"


def _measures(code: Code, scope: Scope) -> bool:
    """`if len(body) > MOST`, and what adds such up."""
    sized: set[cst.CSTNode] = {
        each.node for each in code.inside(scope) if each.written == "len" or each.method in READING
    }
    came = Flow(code, scope, nodes=sized)
    tests = within_node(scope.node, cst.Comparison)
    return bool(sized) and any(came.holds(each) and _is_of_size(each) for each in tests)
