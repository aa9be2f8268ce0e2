"""The router of the chat is included once under each path."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.meaning import names_used, number_of
from chatkit_agent.project.source.routers import made_by
from chatkit_agent.project.source.walking import receiver_of, within_node


@check("CK617", needs=SOURCE, severity="warning", symptoms=("repeats", "server_error"))
def router_included_once(chat: Anatomy) -> Iterator[Finding]:
    """Included twice under one path, the router's start-up runs twice, its second route is never
    asked, and the OpenAPI document warns of duplicate ids. With two prefixes it is meant so.
    """
    seen: dict[tuple[object, ...], Call] = {}
    for call in chat.code.calls:
        for key in _inclusions(chat, call) if call.method == "include_router" else ():
            first = seen.get(key)
            if first is not None and not _is_either(first, call):
                there = f"at {first.where}" if first is not call else "that more than once"
                yield Finding(
                    what="The chat's router is included twice under the same path.",
                    where=call.where,
                    evidence=f"`{syntax.code(call.node)[:80]}` includes it, and {there}.",
                    fix="Include it in one place, once.",
                    cause="router twice",
                )
                break
            seen[key] = call


def _inclusions(chat: Anatomy, call: Call) -> Iterator[tuple[object, ...]]:
    """What is included in what, under which prefix, once for each time that the line is run."""
    code, owner = chat.code, receiver_of(call.node.func)
    prefix = call.text("prefix") or ""
    onto = made_by(code, call.scope, owner)
    loops = [
        each
        for each in within_node(call.scope.node, cst.For)
        if call.node in within_node(each.body, cst.Call)
    ]
    is_known = not names_used(*(each.target for each in loops)) & names_used(*_prefix(call))
    for router in _routers(call, loops) if is_known else ():
        made = made_by(code, call.scope, router)
        symbol = code.resolve(call.scope, syntax.dotted(router))
        path = made.scope.file if made else symbol.path if symbol else None
        if path in {*chat.files, *(each.file for each in chat.endpoints)}:
            key = (onto or (call.scope.file, call.receiver), made or symbol, prefix)
            yield from [key] * _times(chat, call, loops, onto)


def _prefix(call: Call) -> list[cst.BaseExpression]:
    given = call.argument("prefix")
    return [] if given is None else [given]


def _routers(call: Call, loops: list[cst.For]) -> list[cst.BaseExpression]:
    """The argument; where that is what a loop goes over, each of these."""
    given = call.argument("router", 0)
    for loop in loops:
        if syntax.dotted(loop.target) == syntax.dotted(given):
            over = call.code.value(call.scope, loop.iter)
            return (
                [e.value for e in over.elements] if isinstance(over, cst.List | cst.Tuple) else []
            )
    return [] if given is None else [given]


def _times(chat: Anatomy, call: Call, loops: list[cst.For], onto: Call | None) -> int:
    """2 where a loop repeats the line, or its function is called so more than once."""
    for loop in loops:
        over = chat.code.call_of(loop.iter)
        often = number_of(chat.code, call.scope, over.given[0]) if over and over.given else None
        is_range = over is not None and over.written == "range" and often != 1
        if is_range and not names_used(loop.target) & names_used(call.node):
            return 2
    function = call.scope.function
    if function is None or (onto and onto.scope.function is function):
        return 1
    runs = [(e.scope, syntax.code(e.node)) for e in chat.code.called_by.get(function, ())]
    return 2 if len(set(runs)) < len(runs) else 1


def _is_either(one: Call, other: Call) -> bool:
    """Whether only one of two lines is run, by an `if`."""
    return any(
        one.node in within_node(each.body, cst.Call)
        and each.orelse is not None
        and other.node in within_node(each.orelse, cst.Call)
        for each in within_node(one.scope.node, cst.If)
    )
