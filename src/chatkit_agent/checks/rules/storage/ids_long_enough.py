"""Ids are long enough never to meet twice."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import within_node

ENOUGH = 20
MAKING = ("generate_thread_id", "generate_item_id")


@check(
    "CK408",
    "Ids are long enough never to meet twice",
    needs=SOURCE,
    severity="warning",
    symptoms=("stream_error", "mixed_up"),
)
def ids_long_enough(chat: Anatomy) -> Iterator[Finding]:
    """Ids are long enough never to meet twice. The SDK's own have 32 bits, of which two are
    equal among some 77,000 with even odds.
    """
    yield from _cut(chat)
    yield from _plain(chat)
    for store in chat.database_stores:
        missing = [name for name in MAKING if name not in chat.texts]
        if missing:
            yield Finding(
                what="Ids have 32 bits, of which two are equal among some 77,000 with even odds: "
                "an insert then fails, or an item is overwritten.",
                where=chat.code.where(store),
                evidence=f"`{store.name}` does not override `{missing[0]}`, and the SDK's own "
                "makes eight hexadecimal digits.",
                fix="Override `generate_thread_id` and `generate_item_id` with `uuid4().hex` as a "
                "whole.",
                cause="short ids",
            )


def _making(chat: Anatomy) -> list[Scope]:
    """The methods that make ids, and the functions that they call for it."""
    found = [each for each in chat.code.functions if each.name.rpartition(".")[2] in MAKING]
    called = [chat.code.called(call) for each in found for call in chat.code.inside(each)]
    return list(dict.fromkeys([*found, *(each for each in called if each)]))


def _plain(chat: Anatomy) -> Iterator[Finding]:
    """An id of the SDK's own, returned as it is."""
    for scope in _making(chat):
        if not isinstance(scope.node, cst.FunctionDef):
            continue
        returned = set(syntax.returns(scope.node))
        for call in chat.code.inside(scope):
            if call.node in returned and call.method == "default_generate_id":
                yield Finding(
                    what="Ids have 32 bits, of which two are equal among some 77,000 with even "
                    "odds: an insert then fails, or an item is overwritten.",
                    where=chat.code.where(scope, call.node),
                    evidence=f"`{scope.name}` returns the SDK's own id, of eight digits.",
                    fix="Put `uuid4().hex` as a whole in the place of the digits.",
                    cause="short ids",
                )


def _cut(chat: Anatomy) -> Iterator[Finding]:
    """`uuid4().hex[:8]` in a method that makes ids."""
    for scope in _making(chat):
        for each in within_node(scope.node, cst.Slice):
            digits = syntax.number(each.upper)
            if digits is not None and digits < ENOUGH:
                yield Finding(
                    what="Ids are so short that two will be equal: an insert then fails, or an "
                    "item is overwritten.",
                    where=chat.code.where(scope, each),
                    evidence=f"`{scope.name}` keeps {digits} digits of an id.",
                    fix="Keep all of them: `uuid4().hex`.",
                    cause="short ids",
                )
