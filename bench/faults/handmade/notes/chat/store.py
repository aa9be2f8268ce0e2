"""Conversations in PostgreSQL, each statement for one user."""

import asyncio
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
from chatkit.store import NotFoundError, Store
from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter

from notes.chat.context import ChatContext
from notes.settings import get_settings

ITEM = TypeAdapter(ThreadItem)
SCHEMA = Path(__file__).with_name("schema.sql").read_text()
LOCK = 7_301_205
NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


class Busy(Exception):
    """Another answer is being written in this thread."""


def to_json(model: Any) -> str:
    return NUL.sub(r"\1", model.model_dump_json(exclude={"items"}))


class NotesStore(Store[ChatContext]):
    def __init__(self) -> None:
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()

    async def pool(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                settings = get_settings()
                pool = await asyncpg.create_pool(
                    settings.database_url.get_secret_value(),
                    min_size=1,
                    max_size=settings.pool_size,
                    command_timeout=10,
                    statement_cache_size=0,
                )
                async with pool.acquire() as connection, connection.transaction():
                    await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
                    await connection.execute(SCHEMA)
                self._pool = pool
        return self._pool

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()

    def generate_thread_id(self, context: ChatContext) -> str:
        return f"thr_{uuid4().hex}"

    def generate_item_id(self, item_type: Any, thread: Any, context: ChatContext) -> str:
        return f"{item_type}_{uuid4().hex}"

    async def begin_turn(self, thread_id: str, context: ChatContext) -> None:
        taken = await (await self.pool()).fetchval(
            "update notes_chat.threads set busy_until = now() + interval '2 minutes' "
            "where user_id = $1 and id = $2 and (busy_until is null or busy_until < now()) "
            "returning id",
            context.user_id,
            thread_id,
        )
        if taken is None:
            raise Busy

    async def end_turn(self, thread_id: str, context: ChatContext) -> None:
        await (await self.pool()).execute(
            "update notes_chat.threads set busy_until = null where user_id = $1 and id = $2",
            context.user_id,
            thread_id,
        )

    async def load_thread(self, thread_id: str, context: ChatContext) -> ThreadMetadata:
        row = await (await self.pool()).fetchval(
            "select data from notes_chat.threads where user_id = $1 and id = $2",
            context.user_id,
            thread_id,
        )
        if row is None:
            raise NotFoundError(f"Thread {thread_id} was not found")
        return ThreadMetadata.model_validate_json(row)

    async def save_thread(self, thread: ThreadMetadata, context: ChatContext) -> None:
        await (await self.pool()).execute(
            "insert into notes_chat.threads (user_id, id, data) values ($1, $2, $3::jsonb) "
            "on conflict (user_id, id) do update set data = excluded.data",
            context.user_id,
            thread.id,
            to_json(thread),
        )

    async def load_threads(
        self, limit: int, after: str | None, order: str, context: ChatContext
    ) -> Page[ThreadMetadata]:
        way, beyond = ("asc", ">") if order == "asc" else ("desc", "<")
        rows = await (await self.pool()).fetch(
            "select data from notes_chat.threads where user_id = $1 and ($2::text is null or "
            f"position {beyond} (select position from notes_chat.threads where user_id = $1 "
            f"and id = $2)) order by position {way} limit $3",
            context.user_id,
            after,
            min(max(limit, 1), 100) + 1,
        )
        threads = [ThreadMetadata.model_validate_json(row["data"]) for row in rows]
        return page(threads, min(max(limit, 1), 100))

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: ChatContext
    ) -> Page[ThreadItem]:
        way, beyond = ("asc", ">") if order == "asc" else ("desc", "<")
        rows = await (await self.pool()).fetch(
            "select data from notes_chat.items where user_id = $1 and thread_id = $2 and "
            f"($3::text is null or position {beyond} (select position from notes_chat.items "
            "where user_id = $1 and thread_id = $2 and id = $3)) "
            f"order by position {way} limit $4",
            context.user_id,
            thread_id,
            after,
            min(max(limit, 1), 100) + 1,
        )
        items = [ITEM.validate_json(row["data"]) for row in rows]
        return page(items, min(max(limit, 1), 100))

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: ChatContext) -> None:
        await self.save_item(thread_id, item, context)

    async def save_item(self, thread_id: str, item: ThreadItem, context: ChatContext) -> None:
        await (await self.pool()).execute(
            "insert into notes_chat.items (user_id, thread_id, id, data) "
            "select user_id, id, $3, $4::jsonb from notes_chat.threads "
            "where user_id = $1 and id = $2 "
            "on conflict (user_id, thread_id, id) do update set data = excluded.data",
            context.user_id,
            thread_id,
            item.id,
            to_json(item),
        )

    async def load_item(self, thread_id: str, item_id: str, context: ChatContext) -> ThreadItem:
        row = await (await self.pool()).fetchval(
            "select data from notes_chat.items where user_id = $1 and thread_id = $2 and id = $3",
            context.user_id,
            thread_id,
            item_id,
        )
        if row is None:
            raise NotFoundError(f"Item {item_id} was not found")
        return ITEM.validate_json(row)

    async def delete_thread(self, thread_id: str, context: ChatContext) -> None:
        await (await self.pool()).execute(
            "delete from notes_chat.threads where user_id = $1 and id = $2",
            context.user_id,
            thread_id,
        )

    async def delete_thread_item(self, thread_id: str, item_id: str, context: ChatContext) -> None:
        await (await self.pool()).execute(
            "delete from notes_chat.items where user_id = $1 and thread_id = $2 and id = $3",
            context.user_id,
            thread_id,
            item_id,
        )

    async def save_attachment(self, attachment: Attachment, context: ChatContext) -> None:
        raise NotImplementedError

    async def load_attachment(self, attachment_id: str, context: ChatContext) -> Attachment:
        raise NotFoundError(f"Attachment {attachment_id} was not found")

    async def delete_attachment(self, attachment_id: str, context: ChatContext) -> None:
        raise NotFoundError(f"Attachment {attachment_id} was not found")


def page(found: list[Any], limit: int) -> Page[Any]:
    data = found[:limit]
    more = len(found) > limit
    return Page(data=data, has_more=more, after=data[-1].id if more else None)
