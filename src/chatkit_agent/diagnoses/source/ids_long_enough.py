"""Ids are long enough never to meet twice."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations

MAKING = ("generate_thread_id", "generate_item_id")


def ids_long_enough(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
    for store in chat.sql_stores:
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
