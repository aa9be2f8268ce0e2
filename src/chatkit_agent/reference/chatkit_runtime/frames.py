"""Events on the wire: none before what it tells of is stored, and every time with its zone."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime

from chatkit.store import NotFoundError

from ..chatkit_store import Caller, ChatStore, StoreError
from .failures import GONE, error_event

UNSAVED = b'data: {"type":"error","code":"stream.error"'
"""How the SDK begins to say that it cannot save what it was given; it says nothing more."""
UNSAVED_TEXT = "The answer could not be saved. Load the conversation again before you go on."
# The SDK's own items carry local times without a zone, which browsers would take for theirs.
NAIVE_TIME = re.compile(rb'(?<="created_at":")[-0-9T:.]{19,26}(?=")')


async def once_stored(events: AsyncIterator[bytes], held: int) -> AsyncIterator[bytes]:
    """The events; so many are held until the next, as by then what they tell of is stored."""
    first: list[bytes] = []
    async for event in events:
        first.append(event)
        if len(first) > held:
            for each in first:
                yield each
            first, held = [], 0
    for each in first:
        yield each


async def unsaved(store: ChatStore, thread_id: str, context: Caller) -> bytes:
    with suppress(StoreError):
        try:
            await store.load_thread(thread_id, context)
        except NotFoundError:
            return error_event(GONE, allow_retry=False)
    return error_event(UNSAVED_TEXT)


def with_zones(event: bytes) -> bytes:
    return NAIVE_TIME.sub(_with_zone, event)


def _with_zone(time: re.Match[bytes]) -> bytes:
    return datetime.fromisoformat(time[0].decode()).astimezone().isoformat().encode()
