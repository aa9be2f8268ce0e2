"""Callers: whether a dependency gives who calls, by what it reads and not by its name."""

from __future__ import annotations

import re

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
