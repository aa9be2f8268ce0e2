"""The messages of an answer under ids of our own, with what was said so far."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone

from chatkit import types as ck

from .redaction import whole

CUT = " […]"
MOST_PARTS = 100
WRITING = f"{CUT}\u2060"
"""The same at the end of what is still being written, with a letter that nobody sees."""
Whole = ck.AssistantMessageContentPartAdded | ck.AssistantMessageContentPartDone
InPart = (
    Whole | ck.AssistantMessageContentPartTextDelta | ck.AssistantMessageContentPartAnnotationAdded
)
ItemEvent = ck.ThreadItemAddedEvent | ck.ThreadItemDoneEvent | ck.ThreadItemReplacedEvent


class CutMessage(ck.AssistantMessageItem):
    """One that broke off. It is stored as any other."""


class Answer:
    """The messages that are being written: under ids of the store, with their text so far.

    Some providers send ids that the store has never seen, others send the same one every time.
    """

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self._ids: dict[str, list[str]] = {}
        self._shown: dict[str, None] = {}
        self._last: ck.AssistantMessageItem | None = None
        self.unfinished: dict[str, ck.AssistantMessageItem] = {}

    def follow(self, event: ck.ThreadStreamEvent) -> list[ck.ThreadStreamEvent]:
        """The event as our clients and our store get it: one event, but for what is removed."""
        if isinstance(event, ck.ThreadItemRemovedEvent):
            return self._removed(event.item_id)
        if isinstance(event, ck.ThreadItemUpdatedEvent):
            event.item_id = self._latest(event.item_id)
            self._grow(event.item_id, event.update)
        elif isinstance(event, ItemEvent):
            self._follow_item(event)
            if _says_nothing(event):
                return [ck.ThreadItemRemovedEvent(item_id=event.item.id)]
        return [event]

    def _follow_item(self, event: ItemEvent) -> None:
        theirs, is_new = event.item.id, isinstance(event, ck.ThreadItemAddedEvent)
        if isinstance(event.item, ck.AssistantMessageItem):
            if is_new:
                self._ids.setdefault(theirs, []).append(self._new_id())
            event.item = self._ours(event.item)
            self.unfinished.pop(event.item.id, None)
            self._last = event.item
            if is_new:
                self.unfinished[event.item.id] = event.item.model_copy(deep=True)
        elif isinstance(event.item, ck.ClientToolCallItem):
            event.item = event.item.model_copy(update={"id": self._latest(theirs, self._new_id)})
        self._shown[event.item.id] = None

    def cut(self) -> list[ck.ThreadStreamEvent]:
        """The end of what broke off, marked as that."""
        begun = self.so_far()
        self.unfinished.clear()
        if begun:
            return [ck.ThreadItemDoneEvent(item=each) for each in begun]
        if self._last and _has_text(self._last):
            return [ck.ThreadItemReplacedEvent(item=as_cut(self._last))]
        return []

    def finished(self) -> list[ck.ThreadStreamEvent]:
        """The end of what some providers begin and do not end, after all else has ended well."""
        begun = [each for each in self.unfinished.values() if _has_text(each)]
        self.unfinished.clear()
        return [ck.ThreadItemDoneEvent(item=each) for each in begun]

    def so_far(self, mark: str = CUT) -> list[ck.ThreadItem]:
        """What would be left of the messages that are being written, if nothing more came."""
        return [as_cut(each, mark) for each in self.unfinished.values() if _has_text(each)]

    def removed(self) -> list[ck.ThreadStreamEvent]:
        """The removal of all of it, down to its steps."""
        self.unfinished.clear()
        return [ck.ThreadItemRemovedEvent(item_id=each) for each in self._shown]

    def knows(self, item_id: str) -> bool:
        return item_id in self._ids or item_id in self._shown

    def _removed(self, theirs: str) -> list[ck.ThreadStreamEvent]:
        """A removal of each of our items that had this id."""
        ours = self._ids.pop(theirs, [theirs])
        for item_id in ours:
            self.unfinished.pop(item_id, None)
        return [ck.ThreadItemRemovedEvent(item_id=item_id) for item_id in ours]

    def _latest(self, theirs: str, make: Callable[[], str] | None = None) -> str:
        """Our id for theirs, which is their own where we have none and make none."""
        if theirs not in self._ids and make is not None:
            self._ids[theirs] = [make()]
        return self._ids.get(theirs, [theirs])[-1]

    def clean(self, item_id: str, text: str) -> str:
        """A whole text, as it is shown and stored."""
        return whole(text)

    def clean_piece(self, item_id: str, text: str) -> str:
        """The next piece of one."""
        return whole(text)

    def _ours(self, item: ck.AssistantMessageItem) -> ck.AssistantMessageItem:
        item_id = self._latest(item.id, self._new_id)
        begun = self.unfinished.get(item_id)
        # Some say it in pieces only.
        content = begun.content if begun and not _has_text(item) else item.content
        changes = {
            "id": item_id,
            "content": [self._cleaned(item_id, part) for part in content],
            "created_at": begun.created_at if begun else datetime.now(timezone.utc),
        }
        return item.model_copy(update=changes)

    def _cleaned(
        self, item_id: str, part: ck.AssistantMessageContent
    ) -> ck.AssistantMessageContent:
        return part.model_copy(update={"text": self.clean(item_id, part.text)})

    def _grow(self, item_id: str, update: ck.ThreadItemUpdate) -> None:
        if isinstance(update, InPart) and update.content_index not in range(MOST_PARTS):
            update.content_index = 0  # else all places before it would be filled
        if isinstance(update, ck.AssistantMessageContentPartTextDelta):
            update.delta = self.clean_piece(item_id, update.delta)
            self._part(item_id, update.content_index).text += update.delta
        elif isinstance(update, Whole):
            update.content = self._cleaned(item_id, update.content)
            self._part(item_id, update.content_index).text = update.content.text

    def _part(self, item_id: str, index: int) -> ck.AssistantMessageContent:
        content = self.unfinished[item_id].content if item_id in self.unfinished else []
        while len(content) <= index:
            content.append(ck.AssistantMessageContent(text=""))
        return content[index]


def _has_text(item: ck.AssistantMessageItem) -> bool:
    return any(part.text.strip() for part in item.content)


def _says_nothing(event: ItemEvent) -> bool:
    item = event.item
    is_message = isinstance(item, ck.AssistantMessageItem) and not _has_text(item)
    return is_message and isinstance(event, ck.ThreadItemDoneEvent)


def as_cut(item: ck.ThreadItem, mark: str = CUT) -> ck.ThreadItem:
    """A message that is not whole, told as that to whoever reads it later."""
    if not isinstance(item, ck.AssistantMessageItem) or not _has_text(item):
        return item
    *parts, last = item.content
    text = last.text.removesuffix(WRITING).rstrip() + mark
    content = [*parts, last.model_copy(update={"text": text})]
    return CutMessage.model_construct(**{**dict(item), "content": content})


def is_being_written(item: ck.ThreadItem) -> bool:
    """Or was, when its server died."""
    return isinstance(item, ck.AssistantMessageItem) and any(
        part.text.endswith(WRITING) for part in item.content
    )
