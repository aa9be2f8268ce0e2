"""The conversations, in the garden's database."""

import json
import uuid
from datetime import timezone

from chatkit import types as ck
from chatkit.store import NotFoundError, Store
from pydantic import TypeAdapter

ITEM = TypeAdapter(ck.ThreadItem)


def scrub(value):
    """Without what jsonb does not take: NUL, and halves of surrogate pairs."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {key: scrub(each) for key, each in value.items()}
    return [scrub(each) for each in value] if isinstance(value, list) else value


def doc(record) -> str:
    record = record.model_copy(update={"created_at": record.created_at.astimezone(timezone.utc)})
    return json.dumps(scrub(record.model_dump(exclude={"items"})), default=str)


def paged(rows, limit, read):
    more = len(rows) > limit
    data = [read(row[1]) for row in rows[:limit]]
    return ck.Page(data=data, has_more=more, after=rows[limit - 1][0] if more else None)


def direction(order):
    return ("<", "desc", 2**62) if order == "desc" else (">", "asc", 0)


class Notebook(Store[dict]):
    """A context is {"person": ..., "bearer": ...}; each statement asks for the person."""

    def __init__(self, sql):
        self.sql = sql

    def generate_thread_id(self, context):
        return f"chat-{uuid.uuid4()}"

    def generate_item_id(self, item_type, thread, context):
        return f"{item_type}-{uuid.uuid4()}"

    async def one(self, statement, **values):
        rows = await self.sql(statement, **values)
        if not rows:
            raise NotFoundError(values.get("id"))
        return rows[0][0]

    async def load_thread(self, thread_id, context):
        found = await self.one(
            "select doc from chats where id = %(id)s and person = %(me)s",
            id=thread_id,
            me=context["person"],
        )
        return ck.ThreadMetadata.model_validate(found)

    async def save_thread(self, thread, context):
        await self.sql(
            "insert into chats (id, person, doc) values (%(id)s, %(me)s, %(doc)s::jsonb)"
            " on conflict (id) do update set doc = excluded.doc where chats.person = %(me)s",
            id=thread.id,
            me=context["person"],
            doc=doc(thread),
        )

    async def delete_thread(self, thread_id, context):
        await self.one(
            "delete from chats where id = %(id)s and person = %(me)s returning id",
            id=thread_id,
            me=context["person"],
        )

    async def load_threads(self, limit, after, order, context):
        limit, (beyond, way, edge) = min(max(limit, 1), 50), direction(order)
        if after:
            edge = await self.one(
                "select n from chats where id = %(id)s and person = %(me)s",
                id=after,
                me=context["person"],
            )
        rows = await self.sql(
            "select id, doc from chats where person = %(me)s"
            f" and n {beyond} %(edge)s order by n {way} limit %(limit)s",
            me=context["person"],
            edge=edge,
            limit=limit + 1,
        )
        return paged(rows, limit, ck.ThreadMetadata.model_validate)

    async def load_thread_items(self, thread_id, after, limit, order, context):
        await self.load_thread(thread_id, context)
        limit, (beyond, way, edge) = min(max(limit, 1), 50), direction(order)
        if after:
            edge = await self.one(
                "select n from chat_lines where chat = %(chat)s and id = %(id)s",
                chat=thread_id,
                id=after,
            )
        rows = await self.sql(
            "select id, doc from chat_lines where chat = %(chat)s"
            f" and n {beyond} %(edge)s order by n {way} limit %(limit)s",
            chat=thread_id,
            edge=edge,
            limit=limit + 1,
        )
        return paged(rows, limit, ITEM.validate_python)

    async def load_item(self, thread_id, item_id, context):
        await self.load_thread(thread_id, context)
        found = await self.one(
            "select doc from chat_lines where chat = %(chat)s and id = %(id)s",
            chat=thread_id,
            id=item_id,
        )
        return ITEM.validate_python(found)

    async def save_item(self, thread_id, item, context):
        await self.one(
            "insert into chat_lines (chat, id, doc) select id, %(item)s, %(doc)s::jsonb from chats"
            " where id = %(id)s and person = %(me)s for no key update"
            " on conflict (chat, id) do update set doc = excluded.doc returning id",
            id=thread_id,
            me=context["person"],
            item=item.id,
            doc=doc(item),
        )

    add_thread_item = save_item

    async def delete_thread_item(self, thread_id, item_id, context):
        await self.load_thread(thread_id, context)
        await self.sql(
            "delete from chat_lines where chat = %(c)s and id = %(i)s", c=thread_id, i=item_id
        )

    async def save_attachment(self, attachment, context):
        raise NotImplementedError

    async def load_attachment(self, attachment_id, context):
        raise NotImplementedError

    async def delete_attachment(self, attachment_id, context):
        raise NotImplementedError
