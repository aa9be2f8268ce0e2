"""Ids are long enough never to meet twice."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations
from chatkit_agent.reading import syntax
from chatkit_agent.reading.anatomy import Anatomy
from chatkit_agent.reading.scopes import within_node

ENOUGH = 20
MAKING = ("generate_thread_id", "generate_item_id")


def ids_long_enough(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
    yield from _cut(chat)
    yield from _delegated(chat)
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
                severity="warning",
                cause="short ids",
                explains=("stream_error", "mixed_up"),
            )


def _delegated(chat: Anatomy) -> Iterator[Finding]:
    """`return default_generate_id(...)` in a method that makes ids."""
    for scope in chat.code.functions:
        if scope.name.rpartition(".")[2] not in MAKING or scope.owner not in chat.stores:
            continue
        for call in within_node(scope.node, cst.Return):
            made = call.value.func if isinstance(call.value, cst.Call) else None
            if made is not None and (syntax.dotted(made) or "").endswith("default_generate_id"):
                yield Finding(
                    what="Ids have 32 bits, of which two are equal among some 77,000 with even "
                    "odds: an insert then fails, or an item is overwritten.",
                    where=chat.code.where(scope, call),
                    evidence=f"`{scope.name}` gives the SDK's own, of eight hexadecimal digits.",
                    fix="Return `uuid4().hex` as a whole, with the prefix that you like.",
                    severity="warning",
                    cause="short ids",
                    explains=("stream_error", "mixed_up"),
                )


def _cut(chat: Anatomy) -> Iterator[Finding]:
    """`uuid4().hex[:8]` in a method that makes ids."""
    for scope in chat.code.functions:
        if scope.name.rpartition(".")[2] not in MAKING:
            continue
        for each in within_node(scope.node, cst.Slice):
            upper = each.upper
            if isinstance(upper, cst.Integer) and upper.evaluated_value < ENOUGH:
                yield Finding(
                    what="Ids are so short that two will be equal: an insert then fails, or an "
                    "item is overwritten.",
                    where=chat.code.where(scope, each),
                    evidence=f"`{scope.name}` keeps {upper.evaluated_value} digits of an id.",
                    fix="Keep all of them: `uuid4().hex`.",
                    severity="warning",
                    cause="short ids",
                    explains=("stream_error", "mixed_up"),
                )
