"""What the tests keep in the store: a thread, an answer and a file."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageItem,
    FileAttachment,
    ThreadMetadata,
)

NOW = datetime(2026, 3, 29, 1, 30, tzinfo=timezone.utc)


def a_thread(thread_id: str = "thr_1", **fields: Any) -> ThreadMetadata:
    return ThreadMetadata(**{"id": thread_id, "created_at": NOW, **fields})


def an_answer(item_id: str, text: str = "hello", **fields: Any) -> AssistantMessageItem:
    content = [AssistantMessageContent(text=text)]
    fields = {"thread_id": "thr_1", "created_at": NOW, "content": content, **fields}
    return AssistantMessageItem(id=item_id, **fields)


def a_file(attachment_id: str = "atc_1", **fields: Any) -> FileAttachment:
    return FileAttachment(id=attachment_id, name="a.txt", mime_type="text/plain", **fields)
