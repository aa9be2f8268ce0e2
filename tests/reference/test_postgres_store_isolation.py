"""The store gives nobody what is somebody else's, whatever they ask for."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import asyncpg
import pytest
from chatkit.store import NotFoundError

from .conversations import a_file, a_thread, an_answer

pytestmark = pytest.mark.anyio


FOREIGN: dict[str, Callable[[Any, Any], Any]] = {
    "load_thread": lambda store, bob: store.load_thread("thr_1", bob),
    "delete_thread": lambda store, bob: store.delete_thread("thr_1", bob),
    "load_item": lambda store, bob: store.load_item("thr_1", "msg_1", bob),
    "add_thread_item": lambda store, bob: store.add_thread_item("thr_1", an_answer("m"), bob),
    "save_item": lambda store, bob: store.save_item("thr_1", an_answer("msg_1", "mine"), bob),
    "load_thread_items": lambda store, bob: store.load_thread_items("thr_1", None, 9, "asc", bob),
    "cursor": lambda store, bob: store.load_threads(9, "thr_1", "asc", bob),
    "load_attachment": lambda store, bob: store.load_attachment("atc_1", bob),
    "save_attachment": lambda store, bob: store.save_attachment(
        a_file("b", thread_id="thr_1"), bob
    ),
    "delete_attachment": lambda store, bob: store.delete_attachment("atc_1", bob),
    "save_feedback": lambda store, bob: store.save_feedback("thr_1", ["msg_1"], "negative", bob),
    "begin_turn": lambda store, bob: store.begin_turn("thr_1", bob, seconds=60),
    "running_turn": lambda store, bob: store.running_turn("thr_1", bob),
    "stop_turn": lambda store, bob: store.stop_turn("thr_1", bob),
}
SILENT: dict[str, Callable[[Any, Any], Any]] = {
    "save_thread": lambda store, bob: store.save_thread(a_thread(title="bob's"), bob),
    "load_threads": lambda store, bob: store.load_threads(9, None, "asc", bob),
    "delete_thread_item": lambda store, bob: store.delete_thread_item("thr_1", "msg_1", bob),
    "add_attachment": lambda store, bob: store.add_attachment(a_file(), bob, size=1, most=0),
    "end_upload": lambda store, bob: store.end_upload(a_file(), bob),
    "has_item": lambda store, bob: store.has_item("thr_1", "msg_1", bob),
    "delete_items": lambda store, bob: store.delete_items("thr_1", ["msg_1"], bob),
    "take_item": lambda store, bob: store.take_item("thr_1", "msg_1", bob),
    "renew_turn": lambda store, bob: store.renew_turn("thr_1", "t", bob, seconds=60),
    "end_turn": lambda store, bob: store.end_turn("thr_1", "t", bob),
}


async def everything(database_url: str) -> dict[str, list[Any]]:
    """Every row of Alice's, as it lies in the database."""
    connection = await asyncpg.connect(database_url)
    try:
        return {
            table: [
                row["whole"]
                for row in await connection.fetch(
                    f"select t::text as whole from app_chat.{table} t where user_id = 'alice'"
                )
            ]
            for table in ("threads", "items", "attachments", "feedback")
        }
    finally:
        await connection.close()


@pytest.mark.parametrize("operation", [*FOREIGN, *SILENT])
async def test_what_is_alices_is_not_there_for_bob(
    store: Any, alice: Any, bob: Any, thread: str, operation: str, database_url: str
) -> None:
    await store.save_attachment(a_file(thread_id=thread), alice)
    await store.save_feedback(thread, ["msg_1"], "positive", alice)
    before = await everything(database_url)
    assert all(before.values())
    if operation in FOREIGN:
        with pytest.raises(NotFoundError, match=r"^this is not there, or not yours$"):
            await FOREIGN[operation](store, bob)
    else:
        answer = await SILENT[operation](store, bob)
        assert not answer or answer.data == []
    assert await everything(database_url) == before


def test_every_operation_is_tried_as_another_user(store: Any) -> None:
    lifecycle = {"open", "close", "ping", "generate_thread_id", "generate_item_id"}
    public = {name for name in dir(store) if not name.startswith("_")}
    assert public - lifecycle == {*FOREIGN, *SILENT} - {"cursor"}


@pytest.mark.parametrize("operation", FOREIGN)
@pytest.mark.parametrize("user", ["nul\x00", "half\ud83d"])
async def test_names_that_postgresql_cannot_hold_name_nothing(
    store: Any, delivered: ModuleType, operation: str, user: str
) -> None:
    with pytest.raises(NotFoundError):
        await FOREIGN[operation](store, delivered.RequestContext(user))
