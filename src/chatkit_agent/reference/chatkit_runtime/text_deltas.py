"""Pieces of a text that wait for each other are joined: each costs as much as all together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from chatkit import types as ck

from .event_queue import EventQueue


async def joined(
    events: EventQueue[ck.ThreadStreamEvent], paced: AsyncIterator[ck.ThreadStreamEvent]
) -> AsyncIterator[ck.ThreadStreamEvent]:
    """What `paced` gives of the events; only on a busy machine do several wait."""
    async for event in paced:
        if _is_delta(event):
            _extend(event, events)
        yield event


def _extend(event: Any, events: EventQueue[ck.ThreadStreamEvent]) -> None:
    more: Any = events.waiting(partial(_goes_on, event))
    event.update.delta += "".join([each.update.delta for each in more])


def _goes_on(event: Any, other: Any) -> bool:
    """Whether the other adds to the same text."""
    return (
        _is_delta(other)
        and other.item_id == event.item_id
        and other.update.content_index == event.update.content_index
    )


def _is_delta(event: ck.ThreadStreamEvent) -> bool:
    return isinstance(event, ck.ThreadItemUpdatedEvent) and isinstance(
        event.update, ck.AssistantMessageContentPartTextDelta
    )
