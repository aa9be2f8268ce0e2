"""The store keeps each user's conversations, whole and apart, in a real PostgreSQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from chatkit.types import (
    ActiveStatus,
    AssistantMessageContent,
    AssistantMessageItem,
    ThreadMetadata,
)

pytestmark = pytest.mark.anyio


def a_thread(thread_id: str = "thr_1", **fields: Any) -> ThreadMetadata:
    return ThreadMetadata(id=thread_id, created_at=datetime.now(), **fields)


def an_answer(item_id: str, text: str = "hello", thread_id: str = "thr_1") -> AssistantMessageItem:
    return AssistantMessageItem(
        id=item_id,
        thread_id=thread_id,
        created_at=datetime.now(),
        content=[AssistantMessageContent(text=text)],
    )


async def test_what_is_saved_is_loaded(store: Any, alice: Any) -> None:
    await store.save_thread(a_thread(title="Plans", metadata={"a": [1, None]}), alice)
    await store.add_thread_item("thr_1", an_answer("msg_1"), alice)
    thread = await store.load_thread("thr_1", alice)
    assert (thread.title, thread.metadata) == ("Plans", {"a": [1, None]})
    assert thread.status == ActiveStatus()
    item = await store.load_item("thr_1", "msg_1", alice)
    assert item.content[0].text == "hello"
