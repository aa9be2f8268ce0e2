"""A store in memory: the shortest that a chat can have, as an example of another database."""

from __future__ import annotations

import importlib
from itertools import count
from typing import Any

from chatkit.store import NotFoundError
from chatkit.types import Page

from .conftest import TARGET

store: Any = importlib.import_module(f"{TARGET}.chatkit_store")


class MemoryStore(store.ChatStore):  # type: ignore[misc]
    """Everything is kept under its user, so nobody finds what is not theirs."""

    def __init__(self) -> None:
        self._threads: dict[tuple[str, str], Any] = {}
        self._items: dict[tuple[str, str], dict[str, Any]] = {}
        self._attachments: dict[tuple[str, str], Any] = {}
        self._turns: dict[tuple[str, str], str] = {}
        self._numbers = count()

    async def load_thread(self, thread_id: str, context: Any) -> Any:
        return _found(self._threads, (context.user_id, thread_id))

    async def save_thread(self, thread: Any, context: Any) -> None:
        self._threads[context.user_id, thread.id] = thread.model_copy()
        self._items.setdefault((context.user_id, thread.id), {})

    async def delete_thread(self, thread_id: str, context: Any) -> None:
        for kept in (self._threads, self._items):
            _found(kept, (context.user_id, thread_id))
            del kept[context.user_id, thread_id]

    async def load_threads(self, limit: int, after: str | None, order: str, context: Any) -> Any:
        mine = [one for (user, _), one in self._threads.items() if user == context.user_id]
        return _page(mine, limit, after, order)

    async def load_item(self, thread_id: str, item_id: str, context: Any) -> Any:
        return _found(_found(self._items, (context.user_id, thread_id)), item_id)

    async def save_item(self, thread_id: str, item: Any, context: Any) -> None:
        _found(self._items, (context.user_id, thread_id))[item.id] = item.model_copy(deep=True)

    add_thread_item = save_item

    async def take_item(self, thread_id: str, item_id: str, context: Any) -> bool:
        return self._items[context.user_id, thread_id].pop(item_id, None) is not None

    delete_thread_item = take_item

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Any
    ) -> Any:
        items = _found(self._items, (context.user_id, thread_id))
        return _page(list(items.values()), limit, after, order)

    async def save_attachment(self, attachment: Any, context: Any) -> None:
        self._attachments[context.user_id, attachment.id] = attachment

    async def load_attachment(self, attachment_id: str, context: Any) -> Any:
        return _found(self._attachments, (context.user_id, attachment_id))

    async def delete_attachment(self, attachment_id: str, context: Any) -> None:
        self._attachments.pop((context.user_id, attachment_id), None)

    async def begin_turn(
        self, thread_id: str, context: Any, *, seconds: float, most: int = 1000
    ) -> str:
        _found(self._threads, (context.user_id, thread_id))
        if (context.user_id, thread_id) in self._turns:
            raise store.ThreadBusy
        if sum(user == context.user_id for user, _ in self._turns) >= most:
            raise store.TooManyTurns
        return self._turns.setdefault((context.user_id, thread_id), str(next(self._numbers)))

    async def renew_turn(self, thread_id: str, turn_id: str, context: Any, **limits: float) -> bool:
        return self._turns.get((context.user_id, thread_id)) == turn_id

    async def end_turn(self, thread_id: str, turn_id: str, context: Any) -> None:
        self._turns.pop((context.user_id, thread_id), None)

    async def running_turn(self, thread_id: str, context: Any) -> str | None:
        _found(self._threads, (context.user_id, thread_id))
        return self._turns.get((context.user_id, thread_id))

    async def stop_turn(self, thread_id: str, context: Any) -> bool:
        runs = await self.running_turn(thread_id, context) is not None
        if runs:
            self._turns[context.user_id, thread_id] = ""
        return runs


def _found(kept: dict[Any, Any], key: Any) -> Any:
    if key not in kept:
        raise NotFoundError("this is not there, or not yours")
    return kept[key]


def _page(kept: list[Any], limit: int, after: str | None, order: str) -> Any:
    ordered = kept[::-1] if order == "desc" else kept
    names = [one.id for one in ordered]
    rest = ordered[names.index(after) + 1 :] if after is not None else ordered
    more = len(rest) > limit
    return Page(data=rest[:limit], has_more=more, after=rest[limit - 1].id if more else None)
