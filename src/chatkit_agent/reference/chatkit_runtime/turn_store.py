"""The store as one turn has it: what it has saved already, it may add as a whole."""

from __future__ import annotations

from itertools import takewhile
from typing import Any, cast

from chatkit.types import Page, ThreadItem, UserMessageItem, WorkflowItem

from ..chatkit_store import Caller, ChatStore, ItemExists
from .message_ids import CUT, as_cut, is_being_written


class Beside:
    """A store with some of its methods changed."""

    def __init__(self, store: ChatStore) -> None:
        self._store = store

    @classmethod
    def of(cls, *parts: Any) -> ChatStore:
        return cast("ChatStore", cls(*parts))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class TurnStore(Beside):
    """The SDK adds what is done, where a checkpoint of it may be there, and steps that go on.

    Whatever else has an id that is there already, a store refuses.
    """

    def __init__(self, store: ChatStore) -> None:
        super().__init__(store)
        self._own: set[str] = set()
        self._whole: dict[str, ThreadItem] = {}
        self._latest: tuple[str, list[ThreadItem]] | None = None
        """A thread's latest items, until one is written: the SDK asks again for two of them."""

    def __getattr__(self, name: str) -> Any:
        self._latest = None
        return super().__getattr__(name)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Caller) -> None:
        self._latest = None
        write = self._store.save_item if item.id in self._own else self._store.add_thread_item
        self._own.add(item.id)
        # A stop may come before the row is written or after it: what then adds the item once more
        # has only a part of it, so the whole is kept until it is certainly there.
        whole = self._whole.setdefault(item.id, item)
        try:
            await write(thread_id, whole, context)
        except ItemExists:
            self._own.discard(item.id)
            self._whole.pop(item.id)
            raise
        self._whole.pop(item.id)

    async def save_item(self, thread_id: str, item: ThreadItem, context: Caller) -> None:
        self._latest = None
        self._own.add(item.id)
        await self._store.save_item(thread_id, item, context)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Caller
    ) -> Page[ThreadItem]:
        is_latest = after is None and order == "desc"
        known, items = self._latest or ("", [])
        if is_latest and known == thread_id and len(items) > limit:
            return Page(data=items[:limit], has_more=True, after=items[limit - 1].id)
        page = await self._store.load_thread_items(thread_id, after, limit, order, context)
        self._own |= {item.id for item in page.data if isinstance(item, WorkflowItem)}
        self._latest = (thread_id, page.data) if is_latest else None
        return page


class ShownStore(Beside):
    """The store as clients read it: what is being written is no answer that broke off, for whoever
    `follows` it to its end."""

    def __init__(self, store: ChatStore, follows: bool) -> None:
        super().__init__(store)
        self._follows = follows

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Caller
    ) -> Page[ThreadItem]:
        asked = (thread_id, after, limit, order, context)
        page = await self._store.load_thread_items(*asked)
        if not any(map(is_being_written, page.data)):
            return page
        runs = self._follows and await self._store.running_turn(thread_id, context) is not None
        if not runs:  # it may just have ended
            page = await self._store.load_thread_items(*asked)
        latest = page.data if order == "desc" else page.data[::-1]
        since = takewhile(lambda item: not isinstance(item, UserMessageItem), latest)
        grows = {item.id for item in since} if runs else set()
        page.data = [
            as_cut(item, "" if item.id in grows else CUT) if is_being_written(item) else item
            for item in page.data
        ]
        return page
