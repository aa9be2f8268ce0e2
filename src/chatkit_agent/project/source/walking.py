"""Walking: the parts of some code without its layout, and the texts in it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TypeGuard, TypeVar

import libcst as cst

from chatkit_agent.project.source import syntax

Kind = TypeVar("Kind", bound=cst.CSTNode)

PARTIAL = {"partial", "async_to_sync", "syncify"}


def within_node(node: cst.CSTNode, *kinds: type[Kind]) -> Iterator[Kind]:
    """The parts of a node that are of some kinds, in the order of the source, itself included."""
    return iter(_within(node, kinds))


@lru_cache(maxsize=1 << 14)
def _within(node: cst.CSTNode, kinds: tuple[type[Kind], ...]) -> tuple[Kind, ...]:
    """Kept, since many rules ask for the same parts of the same functions."""
    return tuple(each for each in syntax.walk(node) if is_one(each, kinds))


def is_one(node: cst.CSTNode, kinds: tuple[type[Kind], ...]) -> TypeGuard[Kind]:
    return _is_kind(type(node), kinds)


@cache
def _is_kind(kind: type[cst.CSTNode], kinds: tuple[type[cst.CSTNode], ...]) -> bool:
    """Asked once for each, since nodes have an abstract class, of which `isinstance` is slow."""
    return issubclass(kind, kinds)


def written_text(node: cst.CSTNode) -> str | None:
    """What a string literal says, with `{}` for what an f-string computes."""
    if isinstance(node, cst.ConcatenatedString):
        return f"{written_text(node.left) or ''}{written_text(node.right) or ''}"
    if not isinstance(node, cst.FormattedString):
        return syntax.text(node)
    texts = (
        each.value if isinstance(each, cst.FormattedStringText) else "{}" for each in node.parts
    )
    return "".join(texts)


def literals(node: cst.CSTNode) -> Iterator[tuple[cst.CSTNode, str]]:
    """The string literals in a node, each with what it says."""
    inner: set[cst.CSTNode] = set()
    for each in within_node(node, cst.SimpleString, cst.FormattedString, cst.ConcatenatedString):
        if isinstance(each, cst.ConcatenatedString):
            inner |= {each.left, each.right}
        text = written_text(each)
        if text is not None and each not in inner:
            yield each, text


def called_name(func: cst.BaseExpression) -> str:
    """`Agent` of `Agent[Context]` and of `partial(Agent, ...)`, `a.b` of `getattr(a, "b")`."""
    if isinstance(func, cst.Subscript):
        return called_name(func.value)
    if isinstance(func, cst.Call):
        inner = _named_by(func)
        return inner if inner is not None else f"{called_name(func.func)}()"
    if isinstance(func, cst.Attribute):
        return f"{called_name(func.value)}.{func.attr.value}"
    return syntax.dotted(func) or ""


def _named_by(call: cst.Call) -> str | None:
    """What `getattr(a, "b")` and `partial(f, ...)` stand for."""
    name = syntax.dotted(call.func) or ""
    values = [each.value for each in call.args]
    if name == "getattr" and len(values) > 1 and (attribute := syntax.text(values[1])):
        return f"{called_name(values[0])}.{attribute}"
    return called_name(values[0]) if is_partial(call) else None


def last_name(node: cst.CSTNode | None) -> str:
    """`c` of `a.b.c`; empty where it is no chain of names."""
    return (syntax.dotted(node) or "").rpartition(".")[2]


def receiver_of(func: cst.BaseExpression) -> cst.BaseExpression | None:
    """`a` of `a.b`, and of `getattr(a, "b")`."""
    if isinstance(func, cst.Call) and syntax.dotted(func.func) == "getattr" and func.args:
        return func.args[0].value
    return func.value if isinstance(func, cst.Attribute) else None


def is_partial(node: cst.CSTNode | None) -> bool:
    """`partial(f, ...)`, and `async_to_sync(f)`, which is called as `f` is."""
    name = (syntax.dotted(node.func) or "") if isinstance(node, cst.Call) else ""
    is_named = name.rpartition(".")[2] in PARTIAL
    return is_named and isinstance(node, cst.Call) and bool(node.args)


def decorating(node: cst.CSTNode) -> list[cst.BaseExpression]:
    """What decorates a function or a class, as it is written."""
    marks = node.decorators if isinstance(node, cst.FunctionDef | cst.ClassDef) else ()
    return [each.decorator for each in marks]


def decorating_calls(node: cst.CSTNode) -> list[cst.Call]:
    """Of these the calls: `app.get("/")` of `@app.get("/")`."""
    return [each for each in decorating(node) if isinstance(each, cst.Call)]


def inner_function(function: cst.FunctionDef) -> cst.FunctionDef | None:
    """The function that another one defines, and returns."""
    given = {syntax.dotted(each) for each in syntax.returns(function)}
    return next((each for each in syntax.functions(function) if given == {each.name.value}), None)


def classes_given(function: cst.FunctionDef) -> set[str | None]:
    """The names of the classes of which a function returns instances, by what it says of itself."""
    if function.returns:
        return {syntax.dotted(syntax.required(function.returns.annotation))}
    made = {each.target: each.value for each in syntax.assignments(function)}
    values = (made.get(syntax.dotted(each) or "", each) for each in syntax.returned(function))
    return {syntax.dotted(each.func) if isinstance(each, cst.Call) else None for each in values}


def annotation_of(param: cst.Param) -> cst.BaseExpression | None:
    return param.annotation.annotation if param.annotation else None


def said_of(param: cst.Param) -> list[cst.BaseExpression]:
    """The annotation of a parameter and its default, as far as it has them."""
    return [each for each in (annotation_of(param), param.default) if each is not None]


def sides_of(test: cst.Comparison) -> list[cst.BaseExpression]:
    return [test.left, *(each.comparator for each in test.comparisons)]


def compares_by(test: cst.Comparison, *operators: type[cst.BaseCompOp]) -> bool:
    return any(isinstance(each.operator, operators) for each in test.comparisons)


def entries_in(node: cst.CSTNode | None) -> list[cst.DictElement]:
    """The keys with their values in a dict that is written down, without what is spread in it."""
    elements = node.elements if isinstance(node, cst.Dict) else ()
    return [each for each in elements if isinstance(each, cst.DictElement)]


def line_at(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1
