"""Outcomes: what a dependency gives, and whether that may be nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.project.source import syntax

GUEST = re.compile(r"guest|anonymous", re.IGNORECASE)


def may_be_nobody(function: cst.FunctionDef, is_allowed: bool = False) -> bool:
    """Whether it may return None, by its annotation or by a `return` that says so.

    Where that is allowed, whether it never gives anybody, or somebody whom everybody shares.
    """
    given = list(_results(function))
    if any(syntax.dotted(value) == "False" for value in given if value):
        return True
    if is_allowed:
        return not people_given(function) or any(GUEST.search(syntax.code(v)) for v in given if v)
    if not given or any(value is None or _is_nothing(value) for value in given):
        return True
    annotation = function.returns.annotation if function.returns else None
    is_optional = annotation is not None and syntax.required(annotation) is not annotation
    return is_optional and not _ends_with_raise(function)


def people_given(function: cst.FunctionDef) -> list[cst.BaseExpression]:
    """What a function returns but for `None`."""
    return [v for v in _results(function) if v is not None and syntax.dotted(v) != "None"]


def _results(function: cst.FunctionDef) -> Iterator[cst.BaseExpression | None]:
    """What it returns, or, where it cleans up behind itself, yields."""
    yielded = [node.value for node in syntax.walk(function.body) if isinstance(node, cst.Yield)]
    known = [value for value in yielded if not isinstance(value, cst.From)]
    return iter(known) if known else syntax.returns(function)


def _is_nothing(value: cst.BaseExpression) -> bool:
    """`None`, `getattr(request.state, "user", None)`, or a guest whom everybody shares."""
    if GUEST.search(syntax.code(value)):
        return True
    if isinstance(value, cst.Call) and syntax.dotted(value.func) == "getattr":
        value = syntax.argument(value, "default", 2) or value
    return syntax.dotted(value) == "None"


def _ends_with_raise(function: cst.FunctionDef) -> bool:
    """What follows `if user: return user` is the refusal, whatever the annotation says."""
    return _leaves(function.body, cst.Raise)


def _leaves(block: cst.BaseSuite, *how: type[cst.CSTNode]) -> bool:
    """Whether what a block ends with is one of these, in each `except` of a `try` as well."""
    last = block.body[-1]
    if isinstance(last, cst.Try):
        ends = _leaves(last.body, *how, cst.Return)
        return ends and all(_leaves(each.body, *how) for each in last.handlers)
    return isinstance(last, cst.SimpleStatementLine) and isinstance(last.body[-1], how)
