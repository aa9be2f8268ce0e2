"""Outcomes: what a dependency gives: who calls, somebody, or nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.claims import NAMES
from chatkit_agent.project.source.injection import (
    injected_function,
    is_verified_parameter,
    targets,
    targets_of,
)
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.source.walking import last_name

GUEST = re.compile(r"guest|anonymous", re.IGNORECASE)
WHOLE_SESSION = re.compile(r"\w+\.session")
"""What everybody has, whether anybody signed in or not."""


def may_be_nobody(function: cst.FunctionDef, is_allowed: bool = False) -> bool:
    """Whether it may return None, by its annotation or by a `return` that says so.

    Where that is allowed, whether it never gives anybody, or somebody whom everybody shares.
    """
    given = list(_results(function))
    if any(syntax.dotted(value) == "False" for value in given if value):
        return True
    if any(WHOLE_SESSION.fullmatch(syntax.code(v)) for v in given if v) and not _refuses(function):
        return True
    if is_allowed:
        return not people_given(function) or any(GUEST.search(syntax.code(v)) for v in given if v)
    if not given or any(value is None or _is_nothing(value) for value in given):
        return True
    if _falls_through(function):
        return True
    annotation = function.returns.annotation if function.returns else None
    is_optional = annotation is not None and syntax.required(annotation) is not annotation
    return is_optional and not _ends_with_raise(function)


def _refuses(function: cst.FunctionDef) -> bool:
    return any(isinstance(node, cst.Raise) for node in syntax.walk(function.body))


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


def _falls_through(function: cst.FunctionDef) -> bool:
    """`if token: return find(token)` at the end, and nothing after it, is None for everybody else;
    so is a loop that looks for somebody."""
    last: cst.CSTNode | None = function.body.body[-1]
    if isinstance(last, cst.For):
        return last.orelse is None
    while isinstance(last, cst.If):
        last = last.orelse
        if last is None:
            return not any(isinstance(each, cst.Yield) for each in syntax.walk(function.body))
    return False


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


CLAIMS = frozenset(NAMES) - {"id", "user", "identity"}
"""Keys that name a person wherever they stand."""
PLAIN = ("str", "int", "UUID", "uuid.UUID", "float", "EmailStr")
OF_STATE = re.compile(r"\w\.state\.(?:current_)?(?:" + "|".join(NAMES) + r")$")
"""What a middleware keeps of who asks, such as `request.state.user_id`."""
MARKS = ("Header", "Cookie", "Security", "Depends")


def is_chosen_by_client(sources: Sources, file: str, function: cst.FunctionDef) -> bool:
    """Whether it gives what a path or a query names, such as `get_user(user_id: int)`."""
    return any(
        _is_plain(each)
        and not is_verified_parameter(function, each.name.value)
        and not any(targets_of(sources, file, each))
        for each in syntax.parameters(function)
    )


def _is_plain(param: cst.Param) -> bool:
    """Required, of a type that FastAPI reads from a path or a query, and marked as nothing else."""
    if param.annotation is None:
        return False
    kind = syntax.required(param.annotation.annotation)
    if isinstance(kind, cst.Subscript) and (syntax.dotted(kind.value) or "").endswith("Annotated"):
        marks = {_mark(part) for part in syntax.walk(kind)}
        inner = syntax.subscripts(kind)[0]
        return not marks & {*MARKS} and param.default is None and syntax.dotted(inner) in PLAIN
    is_given = param.default is not None and _mark(param.default) != "Path"
    return not is_given and syntax.dotted(kind) in PLAIN


def _mark(node: cst.CSTNode) -> str:
    return last_name(node.func) if isinstance(node, cst.Call) else ""


def reads_identity(sources: Sources, file: str, function: cst.FunctionDef, hops: int = 3) -> bool:
    """Whether it, a helper that it calls, or a dependency of it takes a person's name from what
    came with the request, such as `claims["sub"]` or `request.session.get("user_id")`.
    """
    for node in syntax.walk(function.body):
        if isinstance(node, cst.Subscript | cst.Call) and _key(node) in CLAIMS:
            return True
        if isinstance(node, cst.Attribute) and OF_STATE.search(syntax.dotted(node) or ""):
            return True
    if not hops:
        return False
    inner = [
        injected_function(sources, sources.resolve(each.file, syntax.dotted(each.value)))
        for each in targets(sources, file, function)
    ]
    for node in syntax.walk(function.body):
        if isinstance(node, cst.Call):
            symbol = sources.resolve(file, syntax.dotted(node.func))
            own = sources.function(symbol)
            inner.append((symbol.path, own) if symbol and symbol.path and own else None)
    return any(each and reads_identity(sources, *each, hops - 1) for each in inner)


def _key(node: cst.Subscript | cst.Call) -> str | None:
    if isinstance(node, cst.Subscript):
        return syntax.text(syntax.key(node))
    is_get = isinstance(node.func, cst.Attribute) and node.func.attr.value == "get"
    return syntax.text(node.args[0].value) if is_get and node.args else None
