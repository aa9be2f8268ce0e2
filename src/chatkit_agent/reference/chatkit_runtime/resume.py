"""An answer that goes on when its reader leaves: where a header asks for it, until it is stopped.

What is followed is what is stored, so that it does not matter which worker writes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from chatkit import types as ck
from chatkit.store import NotFoundError
from pydantic import BaseModel, Field, TypeAdapter

from ..chatkit_store import Caller, ChatStore
from .failures import GONE, error_event
from .second_answer import HIDDEN, items_after, last_message

RESUME = "X-ChatKit-Resume"
LOOK_SECONDS = 0.5


class ThreadsStopReq(ck.BaseReq):
    """Request to end the answer that is being written in a thread, by whatever worker."""

    type: Literal["threads.stop"] = "threads.stop"
    params: ck.ThreadGetByIdParams


class ThreadsFollowReq(ck.BaseReq):
    """Request to see the answer that is being written in a thread, to its end."""

    type: Literal["threads.follow"] = "threads.follow"
    params: ck.ThreadGetByIdParams


AnyRequest = Annotated[
    ck.StreamingReq | ck.NonStreamingReq | ThreadsStopReq | ThreadsFollowReq,
    Field(discriminator="type"),
]
REQUEST: TypeAdapter[AnyRequest] = TypeAdapter(AnyRequest)


async def is_answering(store: ChatStore, params: Any, context: Caller) -> bool:
    """Whether an answer is being written in the thread that a request names, if it names one."""
    thread_id = getattr(params, "thread_id", None)
    if thread_id is None:
        return False
    try:
        return await store.running_turn(thread_id, context) is not None
    except NotFoundError:
        return False  # what was asked for says so


async def follow(store: ChatStore, thread_id: str, context: Caller) -> AsyncIterator[bytes]:
    """Each item since the last message of the person, and again whenever it was changed.

    Raises:
        NotFoundError: there is no such thread, before anything was sent.
    """
    turn = await store.running_turn(thread_id, context)
    yield _frame(ck.StreamOptionsEvent(stream_options=ck.StreamOptions(allow_cancel=True)))
    try:
        last = await last_message(store, thread_id, context)
        shown: dict[str, bytes] = {}
        goes_on = True
        while goes_on:
            # Asked before the items are read: the last reading then has all of them.
            goes_on = turn is not None and await _goes_on(store, thread_id, turn, context)
            now = await _frames_kept(store, thread_id, last.id if last else None, context)
            for item_id in shown.keys() - now.keys():
                yield _frame(ck.ThreadItemRemovedEvent(item_id=item_id))
            for item_id, event in now.items():
                if shown.get(item_id) != event:
                    yield event
            shown = now
            await asyncio.sleep(LOOK_SECONDS if goes_on else 0)
        thread = await store.load_thread(thread_id, context)
        yield _frame(ck.ThreadUpdatedEvent(thread=_for_clients(thread)))
    except NotFoundError:
        yield error_event(GONE, allow_retry=False)


async def _goes_on(store: ChatStore, thread_id: str, turn: str, context: Caller) -> bool:
    return await store.running_turn(thread_id, context) in {turn, ""}


async def _frames_kept(
    store: ChatStore, thread_id: str, asked: str | None, context: Caller
) -> dict[str, bytes]:
    items = await items_after(store, thread_id, asked, context)
    return {
        item.id: _frame(ck.ThreadItemReplacedEvent(item=item))
        for item in items
        if not isinstance(item, HIDDEN)
    }


def _for_clients(thread: ck.ThreadMetadata) -> ck.Thread:
    return ck.Thread(**thread.model_dump(exclude={"metadata"}), items=ck.Page())


def _frame(event: BaseModel) -> bytes:
    text = event.model_dump_json(
        by_alias=True, exclude_none=True, context={"exclude_metadata": True}
    )
    return f"data: {text}\n\n".encode()
