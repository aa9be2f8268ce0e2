"""A message that is answered anew: what was there stays until a new answer is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TypeGuard

from chatkit import types as ck

from ..chatkit_store import Caller, ChatStore
from .message_ids import CutMessage, ItemEvent

HIDDEN = (ck.HiddenContextItem, ck.SDKHiddenContextItem)
NOT_AN_ANSWER = (*HIDDEN, ck.WorkflowItem)
AGAIN = "The person asked for another answer to an earlier message; what follows is that answer."


@dataclass
class SecondAnswer:
    """`later` is what came after the message; `calls`, of these, is what tools have done."""

    message: ck.UserMessageItem
    later: tuple[ck.ThreadItem, ...]
    calls: tuple[ck.ThreadItem, ...]
    made: list[str] = field(default_factory=list)
    """What goes again where there is no new answer: a part of one would look like the whole."""
    answers: list[ck.ThreadItem] = field(default_factory=list)
    """What the new answer has ended of itself so far; the last may still be being stored."""
    mark: str = ""
    """The id of what tells the new answer's steps from those before."""
    has_failed: bool = False

    def note(self, event: ck.ThreadStreamEvent) -> None:
        if isinstance(event, ItemEvent) and isinstance(event.item, ck.AssistantMessageItem):
            self.made.append(event.item.id)
        if is_answer(event):
            self.answers.append(event.item)

    def taken_back(self) -> Iterator[ck.ThreadStreamEvent]:
        """Clients have taken away what came after the message."""
        for item_id in dict.fromkeys(self.made):
            yield ck.ThreadItemRemovedEvent(item_id=item_id)
        for item in self.later:
            if not isinstance(item, HIDDEN):
                yield ck.ThreadItemDoneEvent(item=item)

    @property
    def replaced(self) -> list[str]:
        kept = {item.id for item in self.calls}
        gone = [item.id for item in self.later if item.id not in kept]
        return [*gone, self.mark] if self.mark else gone

    async def is_seen(self, store: ChatStore, context: Caller) -> bool:
        """Whether a part of the new answer is stored, so that the person may have seen it whole."""
        whole = next((each for each in self.answers if not isinstance(each, CutMessage)), None)
        return whole is not None and await store.has_item(whole.thread_id, whole.id, context)

    async def replace(self, store: ChatStore, context: Caller) -> None:
        """What was there gives way to the new answer, though that be stopped."""
        self.made.clear()
        await store.delete_items(self.message.thread_id, self.replaced, context)

    @property
    def ends_within_steps(self) -> bool:
        """The SDK would go on with the steps that stand last, as if they were the new answer's."""
        last = self.later[-1] if self.later else None
        return isinstance(last, (ck.WorkflowItem, ck.ClientToolCallItem))


async def look_back(
    store: ChatStore,
    asked: ck.ThreadRetryAfterItemParams,
    is_call: Callable[[ck.ThreadItem], bool],
    context: Caller,
) -> SecondAnswer:
    """Raises ValueError where that is no message of the person's."""
    message = await store.load_item(asked.thread_id, asked.item_id, context)
    if not isinstance(message, ck.UserMessageItem):
        raise ValueError("only a message of the user can be tried again")
    later = await items_after(store, message.thread_id, message.id, context)
    return SecondAnswer(message, tuple(later), tuple(filter(is_call, later)))


async def items_after(
    store: ChatStore, thread_id: str, item_id: str | None, context: Caller
) -> list[ck.ThreadItem]:
    items: list[ck.ThreadItem] = []
    more = True
    while more:
        page = await store.load_thread_items(thread_id, item_id, 100, "asc", context)
        items += page.data
        item_id, more = page.after, page.has_more
    return items


async def last_message(
    store: ChatStore, thread_id: str, context: Caller
) -> ck.UserMessageItem | None:
    """The latest one of the person's."""
    after, more = None, True
    while more:
        page = await store.load_thread_items(thread_id, after, 100, "desc", context)
        for item in page.data:
            if isinstance(item, ck.UserMessageItem):
                return item
        after, more = page.after, page.has_more
    return None


def marker(thread_id: str, item_id: str) -> ck.HiddenContextItem:
    now = datetime.now(timezone.utc)
    return ck.HiddenContextItem(id=item_id, thread_id=thread_id, created_at=now, content=AGAIN)


def is_answer(event: ck.ThreadStreamEvent) -> TypeGuard[ck.ThreadItemDoneEvent]:
    return isinstance(event, ck.ThreadItemDoneEvent) and not isinstance(event.item, NOT_AN_ANSWER)
