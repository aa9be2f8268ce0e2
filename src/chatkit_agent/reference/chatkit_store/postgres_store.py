"""PostgresStore: the conversations of each user in PostgreSQL, one or two statements each time."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Sequence
from datetime import timezone
from functools import cache
from typing import Any, TypeVar
from uuid import uuid4

from asyncpg import Record
from chatkit.store import NotFoundError, StoreItemType, default_generate_id
from chatkit.types import (
    Attachment,
    FeedbackKind,
    Page,
    ThreadItem,
    ThreadItemBase,
    ThreadMetadata,
)
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, to_jsonable_python

from .caller import Caller
from .database import Database
from .errors import ItemExists, StoreError, Taken, ThreadBusy, TooManyTurns
from .interface import MOST_TURNS, ChatStore
from .queries import queries
from .settings import StoreSettings

logger = logging.getLogger(__name__)

T = TypeVar("T")

SQL = queries("queries.sql")
MAX_PAGE = 100
# Between an id and its position, where a page ended.
PLACE = "@"
LONGEST_POSITION = 19
# A slot that another turn of the user took at the same moment; each attempt sees one more.
SLOT_ATTEMPTS = 20
# NUL as JSON writes it, unless its backslash is itself escaped.
NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
THREAD: TypeAdapter[ThreadMetadata] = TypeAdapter(ThreadMetadata)
ITEM: TypeAdapter[ThreadItem] = TypeAdapter(ThreadItem)
THREADS = TypeAdapter(list[ThreadMetadata])
ITEMS = TypeAdapter(list[ThreadItem])
ATTACHMENT: TypeAdapter[Attachment] = TypeAdapter(Attachment)


class PostgresStore(ChatStore):
    """Connects and creates its tables on first use, and again later where that failed.

    Every method raises NotFoundError for what is not there or is not the user's (so does a page
    after an unknown cursor), StoreUnavailable while the database cannot be reached, and
    StoreNotConfigured where a setting or a right is missing. Threads, items and attachments are
    saved, and turns ended, again and again before StoreUnavailable is raised.
    """

    def __init__(self, config: StoreSettings) -> None:
        self._database = Database(config)
        self._retry_seconds = config.save_retry_seconds
        self._distributed = config.distributed

    async def ping(self) -> None:
        """Connect, and create the tables, where that was not done yet."""
        await self._database.fetch("select $1::text", "")

    async def close(self) -> None:
        await self._database.close()

    def generate_thread_id(self, context: Caller) -> str:
        return _full_length_id("thread")

    def generate_item_id(
        self, item_type: StoreItemType, thread: ThreadMetadata, context: Caller
    ) -> str:
        return _full_length_id(item_type)

    async def load_thread(self, thread_id: str, context: Caller) -> ThreadMetadata:
        return await self._load(THREAD, SQL["load_thread"], context, thread_id)

    async def save_thread(self, thread: ThreadMetadata, context: Caller) -> None:
        payload = _to_json(_with_zone(thread))
        saved = (SQL["save_thread"], context.user_id, thread.id, payload)
        # It waits for a deletion that is under way; only a statement after it can see that.
        if not await self._database.fetch(*saved, retry_seconds=self._retry_seconds):
            await self._add_thread(thread.id, payload, context)

    async def _add_thread(self, thread_id: str, payload: str, context: Caller) -> None:
        values = (thread_id, context.organization_id, payload)
        if not self._distributed:
            await self._save(SQL["add_thread"], context, *values)
            return
        if await self._database.fetch(SQL["find_deleted_thread"], context.user_id, thread_id):
            raise NotFoundError("this conversation was deleted")
        # Newest last, as with the numbers that one machine gives out.
        await self._save(SQL["insert_thread"], context, *values, time.time_ns() // 1000)

    async def delete_thread(self, thread_id: str, context: Caller) -> None:
        await self._records_found(SQL["delete_thread"], context, thread_id)

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: Caller
    ) -> Page[ThreadMetadata]:
        limit = max(1, min(limit, MAX_PAGE))
        cursor = _place(after)
        query = _page_query(
            SQL["next_threads"] if cursor else SQL["first_threads"], order, limit + 1
        )
        rows = await self._database.fetch(query, context.user_id, *cursor)
        if not rows and cursor[1:] == (None,):
            await self._records_found(SQL["load_thread"], context, cursor[0])
        return _page(THREADS, THREAD, rows, limit)

    async def load_item(self, thread_id: str, item_id: str, context: Caller) -> ThreadItem:
        return await self._load(ITEM, SQL["load_item"], context, thread_id, item_id)

    async def has_item(self, thread_id: str, item_id: str, context: Caller) -> bool:
        return bool(
            await self._database.fetch(SQL["load_item"], context.user_id, thread_id, item_id)
        )

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Caller) -> None:
        """Insert.

        Raises:
            ItemExists: another item has this id.
        """
        try:
            await self._write_item("add_item", "insert_new_item", thread_id, item, context)
        except NotFoundError:
            if await self.has_item(thread_id, item.id, context):
                raise ItemExists from None
            raise

    async def save_item(self, thread_id: str, item: ThreadItem, context: Caller) -> None:
        """Insert or replace; a replaced item keeps its place."""
        await self._write_item("save_item", "insert_item", thread_id, item, context)

    async def _write_item(
        self, query: str, distributed: str, thread_id: str, item: ThreadItem, context: Caller
    ) -> None:
        saved = await self._database.fetch(
            SQL[distributed if self._distributed else query],
            context.user_id,
            *(thread_id, item.id, _to_json(_with_zone(item))),
            retry_seconds=self._retry_seconds,
            counted=SQL["count_item"] if self._distributed else None,
        )
        if not saved:
            raise NotFoundError("this is not there, or not yours")

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Caller) -> None:
        """Does nothing where there is no such item: an answer is removed before it is saved."""
        await self.take_item(thread_id, item_id, context)

    async def delete_items(self, thread_id: str, item_ids: Sequence[str], context: Caller) -> None:
        """All of them or none; what is not there is passed over."""
        gone = (SQL["delete_items"], context.user_id, thread_id, list(item_ids))
        await self._database.fetch(*gone, retry_seconds=self._retry_seconds)

    async def take_item(self, thread_id: str, item_id: str, context: Caller) -> bool:
        """Delete an item; True for the one caller who did."""
        return bool(
            await self._database.fetch(SQL["delete_item"], context.user_id, thread_id, item_id)
        )

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Caller
    ) -> Page[ThreadItem]:
        limit = max(1, min(limit, MAX_PAGE))
        cursor = _place(after)
        query = _page_query(SQL["next_items"] if cursor else SQL["first_items"], order, limit + 1)
        rows = await self._database.fetch(query, context.user_id, thread_id, *cursor)
        if not rows:
            await self._records_found(SQL["load_thread"], context, thread_id)
        if not rows and cursor[1:] == (None,):
            await self._records_found(SQL["load_item"], context, thread_id, cursor[0])
        return _page(ITEMS, ITEM, rows, limit)

    async def load_attachment(self, attachment_id: str, context: Caller) -> Attachment:
        return await self._load(ATTACHMENT, SQL["load_attachment"], context, attachment_id)

    async def save_attachment(self, attachment: Attachment, context: Caller) -> None:
        payload = _to_json(attachment)
        await self._save(
            SQL["save_attachment"], context, attachment.id, attachment.thread_id, payload
        )

    async def delete_attachment(self, attachment_id: str, context: Caller) -> None:
        await self._records_found(SQL["delete_attachment"], context, attachment_id)

    async def add_attachment(
        self, attachment: Attachment, context: Caller, *, size: int, most: int
    ) -> bool:
        """Insert, or False; of files that come at once, each is counted before the next."""
        values = (attachment.id, _to_json(attachment), size, most)
        lock = SQL["lock_attachments"]
        return bool(
            await self._database.fetch(SQL["add_attachment"], context.user_id, *values, lock=lock)
        )

    async def end_upload(self, attachment: Attachment, context: Caller) -> bool:
        return bool(await self._database.fetch(SQL["end_upload"], context.user_id, attachment.id))

    async def save_feedback(
        self, thread_id: str, item_ids: Sequence[str], kind: FeedbackKind, context: Caller
    ) -> None:
        """Keep the latest opinion on each item; items that were never stored are passed over."""
        await self._records_found(SQL["save_feedback"], context, thread_id, list(item_ids), kind)

    async def begin_turn(
        self, thread_id: str, context: Caller, *, seconds: float, most: int = MOST_TURNS
    ) -> str:
        turn_id = uuid4().hex
        values = (thread_id, turn_id, seconds, most)
        for _ in range(SLOT_ATTEMPTS):
            try:
                if await self._database.fetch(SQL["begin_turn"], context.user_id, *values):
                    return turn_id
                break
            except Taken:
                await self._database.fetch(SQL["clear_turns"], context.user_id)
        await self._records_found(SQL["load_thread"], context, thread_id)
        rows = await self._database.fetch(SQL["other_turns"], context.user_id, thread_id)
        raise TooManyTurns if rows[0]["running"] >= most else ThreadBusy

    async def running_turn(self, thread_id: str, context: Caller) -> str | None:
        rows = await self._records_found(SQL["running_turn"], context, thread_id)
        return str(rows[0]["turn_id"]) if rows[0]["runs"] else None

    async def stop_turn(self, thread_id: str, context: Caller) -> bool:
        stopped = await self._database.fetch(SQL["stop_turn"], context.user_id, thread_id)
        if not stopped:
            await self._records_found(SQL["load_thread"], context, thread_id)
        return bool(stopped)

    async def renew_turn(
        self, thread_id: str, turn_id: str, context: Caller, *, seconds: float
    ) -> bool:
        """False where the turn is lost: it expired and another began, or the thread is gone."""
        return bool(
            await self._database.fetch(
                SQL["renew_turn"], context.user_id, thread_id, turn_id, seconds
            )
        )

    async def end_turn(self, thread_id: str, turn_id: str, context: Caller) -> None:
        ended = (SQL["end_turn"], context.user_id, thread_id, turn_id)
        await self._database.fetch(*ended, retry_seconds=self._retry_seconds)

    async def _load(self, kind: TypeAdapter[T], query: str, context: Caller, *ids: str) -> T:
        rows = await self._records_found(query, context, *ids)
        found = _readable(kind, ids[-1], rows[0]["payload"])
        if found is None:
            raise StoreError(f"{ids[-1]} was written by a newer version and cannot be read")
        return found

    async def _save(self, query: str, context: Caller, *values: Any) -> None:
        await self._records_found(query, context, *values, retry_seconds=self._retry_seconds)

    async def _records_found(
        self, query: str, context: Caller, *values: Any, retry_seconds: float = 0
    ) -> list[Record]:
        rows = await self._database.fetch(
            query, context.user_id, *values, retry_seconds=retry_seconds
        )
        if not rows:
            raise NotFoundError("this is not there, or not yours")
        return rows


@cache
def _page_query(query: str, order: str, limit: int) -> str:
    beyond, direction = ("<", "desc") if order == "desc" else (">", "asc")
    slots = {"{beyond}": beyond, "{order}": direction, "{limit}": str(limit)}
    for slot, value in slots.items():
        query = query.replace(slot, value)
    return query


def _place(after: str | None) -> tuple[Any, ...]:
    """What a page begins after: an id, or else the position that it names."""
    if after is None:
        return ()
    name, _, position = after.rpartition(PLACE)
    is_place = bool(name) and position.isdecimal() and len(position) < LONGEST_POSITION
    return (after, int(position) if is_place else None)


def _page(
    kinds: TypeAdapter[list[T]], kind: TypeAdapter[T], rows: Sequence[Record], limit: int
) -> Page[T]:
    has_more = len(rows) > limit
    try:  # one call for all is quicker than one for each
        data = kinds.validate_json(f"[{','.join([row['payload'] for row in rows[:limit]])}]")
    except ValidationError:
        read = [_readable(kind, row["id"], row["payload"]) for row in rows[:limit]]
        data = [one for one in read if one is not None]
    last = rows[limit - 1] if has_more else None
    after = f"{last['id']}{PLACE}{last['position']}" if last else None
    return Page(data=data, has_more=has_more, after=after)


def _full_length_id(kind: StoreItemType) -> str:
    return f"{default_generate_id(kind).rpartition('_')[0]}_{uuid4().hex}"


def _with_zone(record: ThreadMetadata | ThreadItemBase) -> BaseModel:
    """The SDK makes local times without a zone."""
    if record.created_at.tzinfo is not None:
        return record
    return record.model_copy(update={"created_at": record.created_at.astimezone(timezone.utc)})


def _to_json(record: BaseModel) -> str:
    """JSON as jsonb takes it: without NUL, and without halves of surrogate pairs."""
    try:
        text = record.model_dump_json(by_alias=True, exclude={"items"})
    except PydanticSerializationError:
        plain = record.model_dump(by_alias=True, exclude={"items"})
        text = json.dumps(plain, ensure_ascii=False, default=to_jsonable_python)
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return NUL.sub(r"\1", text) if "\\u0000" in text else text


def _readable(kind: TypeAdapter[T], name: str, payload: str) -> T | None:
    try:
        return kind.validate_json(payload)
    except ValidationError as error:
        logger.warning("%s cannot be read (%s); is it newer?", name, error.errors()[0]["type"])
        return None
