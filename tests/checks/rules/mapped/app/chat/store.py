from chatkit.store import NotFoundError, Store
from chatkit.types import Page, ThreadItem, ThreadMetadata
from pydantic import TypeAdapter
from sqlalchemy import delete, select

from app.core.db import SessionLocal
from app.core.models import ItemRow, ThreadRow

ITEM = TypeAdapter(ThreadItem)


class SqlStore(Store[dict]):
    async def load_thread(self, thread_id, context):
        async with SessionLocal() as session:
            row = await session.get(ThreadRow, thread_id)
            if row is None:
                raise NotFoundError(thread_id)
            return ThreadMetadata.model_validate(row.data)

    async def save_thread(self, thread, context):
        async with SessionLocal() as session:
            await session.merge(
                ThreadRow(
                    id=thread.id, user_id=context["user_id"], data=thread.model_dump(mode="json")
                )
            )
            await session.commit()

    async def load_threads(self, limit, after, order, context):
        async with SessionLocal() as session:
            rows = (
                await session.scalars(
                    select(ThreadRow).order_by(ThreadRow.created_at.desc()).limit(limit)
                )
            ).all()
            return Page(data=[ThreadMetadata.model_validate(r.data) for r in rows])

    async def load_thread_items(self, thread_id, after, limit, order, context):
        async with SessionLocal() as session:
            query = select(ItemRow).where(ItemRow.thread_id == thread_id)
            if after:
                cursor = await session.get(ItemRow, after)
                query = query.where(ItemRow.created_at > cursor.created_at)
            rows = (await session.scalars(query.order_by(ItemRow.created_at).limit(limit))).all()
            return Page(data=[ITEM.validate_python(r.data) for r in rows])

    async def add_thread_item(self, thread_id, item, context):
        async with SessionLocal() as session:
            session.add(ItemRow(id=item.id, thread_id=thread_id, data=item.model_dump(mode="json")))
            await session.commit()

    async def save_item(self, thread_id, item, context):
        async with SessionLocal() as session:
            await session.merge(
                ItemRow(id=item.id, thread_id=thread_id, data=item.model_dump(mode="json"))
            )
            await session.commit()

    async def load_item(self, thread_id, item_id, context):
        async with SessionLocal() as session:
            row = await session.get(ItemRow, item_id)
            return ITEM.validate_python(row.data)

    async def delete_thread(self, thread_id, context):
        async with SessionLocal() as session:
            await session.execute(delete(ThreadRow).where(ThreadRow.id == thread_id))
            await session.commit()

    async def delete_thread_item(self, thread_id, item_id, context):
        async with SessionLocal() as session:
            await session.execute(delete(ItemRow).where(ItemRow.id == item_id))
            await session.commit()

    async def save_attachment(self, attachment, context):
        raise NotImplementedError

    async def load_attachment(self, attachment_id, context):
        raise NotImplementedError

    async def delete_attachment(self, attachment_id, context):
        raise NotImplementedError
