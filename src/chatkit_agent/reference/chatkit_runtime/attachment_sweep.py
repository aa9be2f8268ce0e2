"""Deletes the files of attachments that went with their conversation or their user."""

from __future__ import annotations

import asyncio

from chatkit.store import NotFoundError

from ..chatkit_store import PostgresStore, RequestContext, StoreConfig
from ..services.chat_settings import lacking
from .attachment_bytes import AttachmentsSettings, bytes_of


async def sweep() -> str:
    """Runs beside the application, with its variables: no file is there before its row."""
    if missing := lacking(StoreConfig) + lacking(AttachmentsSettings):
        return f"Nothing was deleted. Set {', '.join(missing)}."
    store, files, deleted = PostgresStore(StoreConfig()), bytes_of(AttachmentsSettings()), 0
    try:
        for user_id, attachment_id in await asyncio.to_thread(lambda: list(files.list())):
            try:
                await store.load_attachment(attachment_id, RequestContext(user_id))
            except NotFoundError:
                await asyncio.to_thread(files.delete, user_id, attachment_id)
                deleted += 1
    finally:
        await store.close()
    return f"Deleted {deleted} files."


if __name__ == "__main__":
    print(asyncio.run(sweep()))
