"""Fixed: what is the same for every message of a thread, such as `f"msg_{thread.id}"`."""

from __future__ import annotations

from collections.abc import Collection

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.code import Code
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.values import is_literal, valued
from chatkit_agent.project.source.walking import last_name, receiver_of

HOPS = 8
TURNING = {"str", "format", "join", "lower", "upper", "strip", "replace", "encode", "hexdigest"}
TURNING |= {"uuid3", "uuid5", "md5", "sha1", "sha256", "removeprefix", "removesuffix"}


def is_fixed(
    code: Code,
    scope: Scope,
    node: cst.BaseExpression | None,
    names: Collection[str],
    hops: int = HOPS,
) -> bool:
    """Whether an expression is made of literals and of what some names stand for, and nothing
    else: the same names give the same value.
    """
    if node is None or not hops:
        return False
    if isinstance(node, cst.Name) and node.value in names:
        return True
    scope, node = valued(code, scope, node)

    def inner(part: cst.BaseExpression) -> bool:
        return is_fixed(code, scope, part, names, hops - 1)

    if isinstance(node, cst.FormattedString):
        parts = (e for e in node.parts if isinstance(e, cst.FormattedStringExpression))
        return all(inner(each.expression) for each in parts)
    if isinstance(node, cst.ConcatenatedString | cst.BinaryOperation):
        return inner(node.left) and inner(node.right)
    if isinstance(node, cst.Attribute | cst.Subscript):
        return inner(node.value)
    if isinstance(node, cst.List | cst.Tuple):
        return all(inner(each.value) for each in node.elements)
    if isinstance(node, cst.Call):
        return _is_fixed_call(code, scope, node, names, hops)
    if isinstance(node, cst.Name):
        return node.value in names
    return is_literal(node)


def _is_fixed_call(
    code: Code, scope: Scope, node: cst.Call, names: Collection[str], hops: int
) -> bool:
    call = code.call_of(node)
    given = [arg.value for arg in node.args]
    called = code.called(call) if call is not None else None
    if called is not None:
        own = code.parameters_given(
            node, called, lambda each: is_fixed(code, scope, each, names, hops - 1)
        )
        returned = syntax.returned(called.node)
        return bool(returned) and all(is_fixed(code, called, e, own, hops - 1) for e in returned)
    owner = receiver_of(node.func)
    if last_name(node.func) not in TURNING and (call is None or call.method not in TURNING):
        return False
    if owner is not None and not code.package_name(scope, syntax.dotted(owner)):
        given.append(owner)
    return all(
        is_fixed(code, scope, each, names, hops - 1)
        or bool(code.package_name(scope, syntax.dotted(each)))
        for each in given
    )
