"""Deletes the files of attachments that went with their conversation or their user."""

from __future__ import annotations

import asyncio

from chatkit.store import NotFoundError

from ..chatkit_store import Caller
from .attachment_bytes import AttachmentsSettings, bytes_of
from .settings import beside, lacking
from .turn import TurnServer


async def sweep(server: type[TurnServer]) -> str:
    """Runs beside the application, with its variables: no file is there before its row."""
    settings = beside(AttachmentsSettings, server.settings_types[-1])
    if missing := [*server.missing(), *lacking(settings)]:
        return f"Nothing was deleted. Set {', '.join(missing)}."
    shared, files, deleted = server.open(), bytes_of(settings()), 0
    try:
        for user_id, attachment_id in await asyncio.to_thread(lambda: list(files.list())):
            try:
                await shared.store.load_attachment(attachment_id, Caller(user_id))
            except NotFoundError:
                await asyncio.to_thread(files.delete, user_id, attachment_id)
                deleted += 1
    finally:
        await shared.close()
    return f"Deleted {deleted} files."
