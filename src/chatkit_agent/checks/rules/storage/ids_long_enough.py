"""Ids are long enough never to meet twice."""

from __future__ import annotations

from collections.abc import Iterator
from math import log2

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.fixed import is_fixed
from chatkit_agent.project.source.meaning import number_of, reaches
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import within_node

ENOUGH = 20
BITS = 80
MAKING = ("generate_thread_id", "generate_item_id")
WHOLE = {"uuid1", "uuid4", "uuid6", "uuid7", "ULID", "ksuid"}
SIZED = {
    "token_hex": ("nbytes", 0, 32, 8),
    "token_urlsafe": ("nbytes", 0, 32, 8),
    "token_bytes": ("nbytes", 0, 32, 8),
    "getrandbits": ("k", 0, BITS, 1),
    "generate": ("size", 1, 21, 6),
}
"""What makes ids of a size: its argument, its place, what it is otherwise, and bits for each."""


@check("CK408", needs=SOURCE, severity="warning", symptoms=("stream_error", "mixed_up"))
def ids_long_enough(chat: Anatomy) -> Iterator[Finding]:
    """The SDK's own have 32 bits, of which two are equal among some 77,000 with even odds. One that
    is made of nothing but the thread or the person is the same each time.
    """
    for store in chat.stores:
        for name in MAKING:
            method = chat.code.method(store, name)
            if method is not None and _is_same(chat, method):
                yield _same(chat, method)
                continue
            scope, node = _short(chat, method) if method else (None, None)
            if scope is not None:
                yield _finding(
                    chat.code.where(scope, node), f"`{scope.name}` keeps a part of an id."
                )
    patched = {e.target for scope in chat.code.scopes for e in syntax.assignments(scope.node)}
    there = {each.rpartition(".")[2] for each in patched} | {
        name for store in chat.stores for name in MAKING if chat.code.method(store, name)
    }
    for store in chat.database_stores:
        for name in [each for each in MAKING if each not in there][:1]:
            yield _finding(
                chat.code.where(store),
                f"`{store.name}` does not override `{name}`, and the SDK's own makes eight "
                "hexadecimal digits.",
            )


def _is_same(chat: Anatomy, method: Scope) -> bool:
    """Whether it gives the same id for the same thread, or the same person, each time."""
    given = syntax.returned(method.node)
    names = method.parameters[1:]
    return bool(given) and all(is_fixed(chat.code, method, each, names) for each in given)


def _same(chat: Anatomy, method: Scope) -> Finding:
    what = "thread" if method.last_name == MAKING[0] else "message"
    return Finding(
        what=f"Each new {what} takes the place of the one before, or cannot be stored: it has the "
        "same id.",
        where=chat.code.where(method, syntax.returned(method.node)[0]),
        evidence=f"`{method.name}` returns `{syntax.code(syntax.returned(method.node)[0])[:100]}`, "
        "with nothing in it that differs from call to call.",
        fix='Return the whole of a new id, such as `f"msg_{uuid4().hex}"`.',
        severity="error",
        cause="same ids",
    )


def _short(chat: Anatomy, method: Scope) -> tuple[Scope, cst.CSTNode] | tuple[None, None]:
    """The part of an id that it, or what it calls, makes do with, and nothing of full length."""
    found: list[tuple[Scope, cst.CSTNode]] = []
    for scope in reaches(chat.code, [method], hops=2):
        cuts: list[cst.BaseExpression] = [
            each for each in within_node(scope.node, cst.Subscript) if _is_cut(chat, scope, each)
        ]
        cuts += [
            e for e in within_node(scope.node, cst.BinaryOperation) if _is_rest(chat, scope, e)
        ]
        found += [(scope, each) for each in cuts]
        inside = {node for each in cuts for node in syntax.walk(each)}
        for call in chat.code.inside(scope):
            bits = _bits(call)
            if bits is not None and bits >= BITS and call.node not in inside:
                return None, None
            found += [(scope, call.node)] if bits is not None and bits < BITS else []
    return found[0] if found else (None, None)


def _is_cut(chat: Anatomy, scope: Scope, node: cst.Subscript) -> bool:
    """`uuid4().hex[:8]`, and `[-8:]`"""
    part = node.slice[0].slice
    if not isinstance(part, cst.Slice):
        return False
    end = number_of(chat.code, scope, part.upper or part.lower)
    return end is not None and (end > 0 if part.upper else end < 0) and abs(end) < ENOUGH


def _is_rest(chat: Anatomy, scope: Scope, node: cst.BinaryOperation) -> bool:
    """`uuid4().int % 10000`"""
    if not isinstance(node.operator, cst.Modulo):
        return False
    most = number_of(chat.code, scope, node.right)
    return most is not None and most < 2**BITS


def _bits(call: Call) -> float | None:
    """How many bits of chance a call gives to an id; None where it gives none."""
    code, scope = call.code, call.scope
    if call.symbol is not None and call.symbol.path is not None:
        return None
    if call.method in WHOLE:
        return 122
    if call.method == "default_generate_id" or (
        call.method in MAKING and call.receiver == "super()"
    ):
        return 32
    if call.method in ("randint", "randrange") and call.node.args:
        most = number_of(code, scope, call.node.args[-1].value)
        return None if most is None else log2(max(most, 1))
    if call.method not in SIZED:
        return None
    keyword, place, usual, each = SIZED[call.method]
    given = call.argument(keyword, place)
    size = usual if given is None else number_of(code, scope, given)
    return None if size is None else size * each


def _finding(where: str, evidence: str) -> Finding:
    return Finding(
        what="Ids have so few digits that two will be equal, with 32 bits among some 77,000 with "
        "even odds: an insert then fails, or an item is overwritten.",
        where=where,
        evidence=evidence,
        fix="Override `generate_thread_id` and `generate_item_id` with the whole of `uuid4().hex`.",
        cause="short ids",
    )
