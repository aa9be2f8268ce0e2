"""The messages of an answer under ids of our own, with what was said so far."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone

from chatkit import types as ck

from .redaction import whole


class Answer:
    """The messages that are being written: under ids of the store, with their text so far.

    Some providers send ids that the store has never seen, others send the same one every time.
    """

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self._ids: dict[str, str] = {}
        self.unfinished: dict[str, ck.AssistantMessageItem] = {}

    def follow(self, event: ck.ThreadStreamEvent) -> ck.ThreadStreamEvent:
        """The event as our clients and our store get it."""
        if isinstance(event, ck.ThreadItemUpdatedEvent):
            event.item_id = self._ids.get(event.item_id, event.item_id)
            self._grow(event.item_id, event.update)
        elif isinstance(event, (ck.ThreadItemAddedEvent, ck.ThreadItemDoneEvent)) and isinstance(
            event.item, ck.AssistantMessageItem
        ):
            is_new = isinstance(event, ck.ThreadItemAddedEvent)
            if is_new:
                self._ids[event.item.id] = self._new_id()
            event.item = self._ours(event.item)
            self.unfinished.pop(event.item.id, None)
            if is_new:
                self.unfinished[event.item.id] = event.item.model_copy(deep=True)
        return event

    def clean(self, item_id: str, text: str) -> str:
        """A whole text, as it is shown and stored."""
        return whole(text)

    def clean_piece(self, item_id: str, text: str) -> str:
        """The next piece of one."""
        return whole(text)

    def _ours(self, item: ck.AssistantMessageItem) -> ck.AssistantMessageItem:
        item_id = self._ids.setdefault(item.id, self._new_id())
        begun = self.unfinished.get(item_id)
        changes = {
            "id": item_id,
            "content": [self._cleaned(item_id, part) for part in item.content],
            "created_at": begun.created_at if begun else datetime.now(timezone.utc),
        }
        return item.model_copy(update=changes)

    def _cleaned(
        self, item_id: str, part: ck.AssistantMessageContent
    ) -> ck.AssistantMessageContent:
        return part.model_copy(update={"text": self.clean(item_id, part.text)})

    def _grow(self, item_id: str, update: ck.ThreadItemUpdate) -> None:
        if isinstance(update, ck.AssistantMessageContentPartTextDelta):
            update.delta = self.clean_piece(item_id, update.delta)
            self._part(item_id, update.content_index).text += update.delta
        elif isinstance(
            update, (ck.AssistantMessageContentPartAdded, ck.AssistantMessageContentPartDone)
        ):
            update.content = self._cleaned(item_id, update.content)
            self._part(item_id, update.content_index).text = update.content.text

    def _part(self, item_id: str, index: int) -> ck.AssistantMessageContent:
        content = self.unfinished[item_id].content if item_id in self.unfinished else []
        while len(content) <= index:
            content.append(ck.AssistantMessageContent(text=""))
        return content[index]
