"""Pieces of a text that wait for each other are joined: each costs as much as all together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from functools import partial
from operator import attrgetter
from typing import Any

from openai.types.responses import ResponseStreamEvent

from .event_queue import EventQueue

IN_CONTENT = attrgetter("item_id", "output_index", "content_index")
# By the type of an event, which text it adds to.
TEXT_OF = {
    "response.output_text.delta": IN_CONTENT,
    "response.refusal.delta": IN_CONTENT,
    "response.reasoning_summary_text.delta": attrgetter("item_id", "output_index", "summary_index"),
    "response.function_call_arguments.delta": attrgetter("item_id", "output_index"),
}


async def joined(
    events: AsyncIterator[ResponseStreamEvent],
) -> AsyncGenerator[ResponseStreamEvent, None]:
    """The model's events, read in a task of their own; only on a busy machine do several wait."""
    queue = EventQueue(events)
    try:
        while (event := await queue.read()) is not None:
            if event.type in TEXT_OF:
                _extend(event, queue)
            yield event
    finally:
        queue.task.cancel()
        await asyncio.wait({queue.task})


def _extend(event: Any, queue: EventQueue[Any]) -> None:
    text_of = TEXT_OF[event.type]
    goes_on = partial(_goes_on, event.type, text_of, text_of(event))
    for more in queue.waiting(goes_on):
        event.delta += more.delta
        event.sequence_number = more.sequence_number
        if event.type == "response.output_text.delta" and more.logprobs:
            event.logprobs = [*(event.logprobs or []), *more.logprobs]


def _goes_on(kind: str, text_of: Callable[[Any], object], text: object, other: Any) -> bool:
    return other.type == kind and text_of(other) == text
