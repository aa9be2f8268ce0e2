"""Conversations that are there before anybody comes, as long as a test wants them."""

from __future__ import annotations

import importlib
import os
from datetime import datetime, timedelta, timezone

from chatkit import types as ck

from .elsewhere import result_of

TARGET = os.environ.get("CHATKIT_TARGET", "chatkit_agent.reference")
START = datetime(2026, 3, 29, 1, 30, tzinfo=timezone.utc)
ANSWER = """Number {0}: a paragraph with **bold** words and `code`, which is of usual length.

- first
- second
"""


def fill_thread(user: str, count: int, thread_id: str = "thr_long") -> str:
    """A thread of so many items, questions and answers in turn."""
    result_of(lambda: _fill(user, count, thread_id))
    return thread_id


async def _fill(user: str, count: int, thread_id: str) -> None:
    kept = importlib.import_module(f"{TARGET}.chatkit_store")
    config = importlib.import_module(f"{TARGET}.chatkit_store.config")
    context = importlib.import_module(f"{TARGET}.chatkit_store.context").RequestContext(user)
    store = kept.PostgresStore(config.StoreConfig())
    try:
        thread = ck.ThreadMetadata(id=thread_id, created_at=START, title="A long one")
        await store.save_thread(thread, context)
        for number in range(count):
            await store.add_thread_item(thread_id, _item(thread_id, number), context)
    finally:
        await store.close()


def _item(thread_id: str, number: int) -> ck.ThreadItem:
    common = {
        "id": f"msg_{number:05}",
        "thread_id": thread_id,
        "created_at": START + timedelta(seconds=number),
    }
    if number % 2:
        content = [ck.AssistantMessageContent(text=ANSWER.format(number))]
        return ck.AssistantMessageItem(**common, content=content)
    said = [ck.UserMessageTextContent(text=f"Question {number}")]
    return ck.UserMessageItem(**common, content=said, inference_options=ck.InferenceOptions())
