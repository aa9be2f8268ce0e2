"""The store keeps each user's conversations, whole and apart, in a real PostgreSQL."""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
from datetime import datetime, timedelta, timezone
from types import ModuleType
from typing import Any

import asyncpg
import pytest
from chatkit.store import NotFoundError, StoreItemType
from chatkit.types import (
    ActiveStatus,
    ClientToolCallItem,
    HiddenContextItem,
    InferenceOptions,
    LockedStatus,
    Page,
    Thread,
    ThreadMetadata,
    UserMessageItem,
    UserMessageTextContent,
    WidgetItem,
    Workflow,
    WorkflowItem,
)
from chatkit.widgets import DynamicWidgetRoot
from pydantic import AnyUrl

from .conversations import NOW, a_file, a_thread, an_answer

pytestmark = pytest.mark.anyio


async def ids(store: Any, context: Any, thread: str = "thr_1") -> list[str]:
    page = await store.load_thread_items(thread, None, 100, "asc", context)
    return [item.id for item in page.data]


async def test_a_thread_is_kept_and_changed(store: Any, alice: Any) -> None:
    first = a_thread(title="Plans", metadata={"a": [1, None, {"b": "c"}]})
    await store.save_thread(first, alice)
    assert await store.load_thread("thr_1", alice) == first
    changed = first.model_copy(update={"title": None, "status": LockedStatus(reason="done")})
    await store.save_thread(changed, alice)
    assert await store.load_thread("thr_1", alice) == changed
    assert first.status == ActiveStatus()


async def test_the_organisation_is_kept(
    store: Any, delivered: ModuleType, database_url: str
) -> None:
    context = delivered.RequestContext("alice", organization_id="acme")
    await store.save_thread(a_thread(), context)
    connection = await asyncpg.connect(database_url)
    try:
        kept = await connection.fetchval("select organization_id from app_chat.threads")
    finally:
        await connection.close()
    assert kept == "acme"


async def test_a_full_thread_is_saved_without_its_items(store: Any, alice: Any) -> None:
    page: Page[Any] = Page(data=[an_answer("msg_1")])
    await store.save_thread(Thread(**a_thread(title="Mine").model_dump(), items=page), alice)
    loaded = await store.load_thread("thr_1", alice)
    assert type(loaded) is ThreadMetadata
    assert Thread(**loaded.model_dump(), items=Page()).title == "Mine"


@pytest.mark.parametrize(
    "item",
    [
        UserMessageItem(
            id="msg_2",
            thread_id="thr_1",
            created_at=NOW,
            content=[UserMessageTextContent(text="hi")],
            attachments=[a_file(metadata={"key": "s3"})],
            inference_options=InferenceOptions(model="m"),
        ),
        ClientToolCallItem(
            id="tc_1", thread_id="thr_1", created_at=NOW, call_id="c", name="f", arguments={"x": 1}
        ),
        HiddenContextItem(id="h", thread_id="thr_1", created_at=NOW, content=None),
        WorkflowItem(
            id="wf", thread_id="thr_1", created_at=NOW, workflow=Workflow(type="custom", tasks=[])
        ),
        WidgetItem(
            id="w",
            thread_id="thr_1",
            created_at=NOW,
            widget=DynamicWidgetRoot.model_validate(
                {"type": "Card", "children": [{"type": "Text", "value": "v"}]}
            ),
        ),
    ],
    ids=lambda item: item.type,
)
async def test_every_kind_of_item_comes_back_as_it_was(
    store: Any, alice: Any, thread: str, item: Any
) -> None:
    await store.add_thread_item(thread, item, alice)
    loaded = await store.load_item(thread, item.id, alice)
    assert type(loaded) is type(item)
    assert loaded.model_dump(exclude_none=True) == item.model_dump(exclude_none=True)


async def test_a_saved_item_keeps_its_place(store: Any, alice: Any, thread: str) -> None:
    await store.add_thread_item(thread, an_answer("msg_2", "so f"), alice)
    await store.save_item(thread, an_answer("msg_3"), alice)
    await store.save_item(thread, an_answer("msg_2", "so far"), alice)
    await store.save_item(thread, an_answer("msg_2", "so far, so good"), alice)
    assert await ids(store, alice) == ["msg_1", "msg_2", "msg_3"]
    item = await store.load_item(thread, "msg_2", alice)
    assert item.content[0].text == "so far, so good"


async def test_equal_ids_in_two_threads_and_of_two_users_do_not_meet(
    store: Any, alice: Any, bob: Any
) -> None:
    for context in (alice, bob):
        for thread_id in ("thr_1", "thr_2"):
            text = f"{context.user_id} {thread_id}"
            await store.save_thread(a_thread(thread_id, title=text), context)
            await store.add_thread_item(thread_id, an_answer("__fake_id__", text), context)
    for context in (alice, bob):
        for thread_id in ("thr_1", "thr_2"):
            text = f"{context.user_id} {thread_id}"
            item = await store.load_item(thread_id, "__fake_id__", context)
            assert item.content[0].text == text
            assert (await store.load_thread(thread_id, context)).title == text


async def test_an_item_is_deleted_and_may_be_deleted_again(
    store: Any, alice: Any, thread: str
) -> None:
    await store.delete_thread_item(thread, "msg_1", alice)
    await store.delete_thread_item(thread, "msg_1", alice)
    assert await ids(store, alice) == []
    with pytest.raises(NotFoundError):
        await store.load_item(thread, "msg_1", alice)


async def test_a_deleted_thread_takes_everything_with_it(
    store: Any, alice: Any, bob: Any, thread: str, database_url: str
) -> None:
    await store.save_attachment(a_file(thread_id=thread), alice)
    await store.save_feedback(thread, ["msg_1"], "positive", alice)
    await store.save_thread(a_thread(), bob)
    await store.delete_thread(thread, alice)
    connection = await asyncpg.connect(database_url)
    try:
        for table, left in (("threads", 1), ("items", 0), ("attachments", 0), ("feedback", 0)):
            assert await connection.fetchval(f"select count(*) from app_chat.{table}") == left
    finally:
        await connection.close()
    assert (await store.load_thread(thread, bob)).id == thread


async def test_a_running_turn_cannot_bring_a_deleted_thread_back(
    store: Any, alice: Any, bob: Any, thread: str
) -> None:
    await store.delete_thread(thread, alice)
    for write in (
        store.save_thread(a_thread(title="late"), alice),
        store.add_thread_item(thread, an_answer("msg_2"), alice),
        store.save_item(thread, an_answer("msg_1"), alice),
        store.save_attachment(a_file(thread_id=thread), alice),
    ):
        with pytest.raises(NotFoundError):
            await write
    await store.save_thread(a_thread(), bob)


@pytest.mark.parametrize("what", ["thread", "item", "attachment", "feedback", "turn"])
async def test_what_meets_a_deletion_finds_nothing_and_brings_nothing_back(
    store: Any, alice: Any, thread: str, delivered: ModuleType, database_url: str, what: str
) -> None:
    queries = importlib.import_module(f"{delivered.__name__}.postgres_store")
    connection = await asyncpg.connect(database_url)
    schema = await connection.fetchval("select schemaname from pg_tables where tablename = 'items'")
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
    saves = {
        "thread": lambda: store.save_thread(a_thread(), alice),
        "item": lambda: store.save_item(thread, an_answer("msg_2"), alice),
        "attachment": lambda: store.save_attachment(a_file(thread_id=thread), alice),
        "turn": lambda: store.begin_turn(thread, alice, seconds=60),
        "feedback": lambda: store.save_feedback(thread, ["msg_1"], "positive", alice),
    }
    await store.save_item(thread, an_answer("msg_1"), alice)
    async with connection.transaction():
        await connection.fetch(
            queries.SQL["delete_thread"].replace("{schema}", schema), "alice", thread
        )
        saving = asyncio.create_task(saves[what]())
        while not await connection.fetchval(waiting):
            await asyncio.sleep(0.01)
    with pytest.raises(NotFoundError):
        await saving
    await connection.close()
    assert (await store.load_threads(10, None, "desc", alice)).data == []
    with pytest.raises(NotFoundError):
        await store.load_attachment("atc_1", alice)


async def test_attachments_are_kept_changed_and_deleted(
    store: Any, alice: Any, bob: Any, thread: str
) -> None:
    fresh = a_file(metadata={"size": 3})
    await store.save_attachment(fresh, alice)
    assert await store.load_attachment("atc_1", alice) == fresh
    used = fresh.model_copy(update={"thread_id": thread, "upload_descriptor": None})
    await store.save_attachment(used, alice)
    assert await store.load_attachment("atc_1", alice) == used
    with pytest.raises(NotFoundError):
        await store.delete_attachment("atc_1", bob)
    await store.delete_attachment("atc_1", alice)
    with pytest.raises(NotFoundError):
        await store.load_attachment("atc_1", alice)


async def test_an_upload_url_survives(store: Any, alice: Any) -> None:
    uploading = a_file(upload_descriptor={"url": AnyUrl("https://u.test/x"), "method": "PUT"})
    await store.save_attachment(uploading, alice)
    assert await store.load_attachment("atc_1", alice) == uploading


async def test_an_item_is_taken_once(store: Any, alice: Any, thread: str) -> None:
    taken = await asyncio.gather(*(store.take_item(thread, "msg_1", alice) for _ in range(9)))
    assert sorted(taken) == [False] * 8 + [True]


async def test_the_latest_feedback_counts(
    store: Any, alice: Any, thread: str, database_url: str
) -> None:
    await store.save_feedback(thread, ["msg_1", "never stored"], "positive", alice)
    await store.save_feedback(thread, ["msg_1"], "negative", alice)
    with pytest.raises(NotFoundError):
        await store.save_feedback(thread, ["never stored"], "positive", alice)
    connection = await asyncpg.connect(database_url)
    try:
        kept = await connection.fetch("select user_id, item_id, kind from app_chat.feedback")
    finally:
        await connection.close()
    assert [tuple(row) for row in kept] == [("alice", "msg_1", "negative")]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\x00b", "ab"),
        ("\x00\x00", ""),
        ("literally \\u0000", "literally \\u0000"),
        ("\\\x00", "\\"),
        ("\\\\u0000\x00", "\\\\u0000"),
        ("half \ud83d", "half \ufffd"),
        ("\ude00 other half", "\ufffd other half"),
        ("two halves \ud83d\ude00", "two halves \U0001f600"),
        ("both \x00\ud83d \\u0000", "both \ufffd \\u0000"),
        ('quotes " and \n lines', 'quotes " and \n lines'),
    ],
)
async def test_text_survives_as_well_as_jsonb_allows(
    store: Any, alice: Any, thread: str, text: str, kept: str
) -> None:
    await store.save_thread(a_thread(title=text, metadata={text: [text]}), alice)
    await store.save_item(thread, an_answer("msg_1", text), alice)
    assert (await store.load_item(thread, "msg_1", alice)).content[0].text == kept
    loaded = await store.load_thread(thread, alice)
    assert (loaded.title, loaded.metadata) == (kept, {kept: [kept]})


async def test_times_have_a_zone_and_stay_the_same_moment(
    store: Any, alice: Any, thread: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = datetime.now()
    elsewhere = NOW.astimezone(timezone(timedelta(hours=5, minutes=45)))
    await store.save_thread(a_thread("thr_2", created_at=local), alice)
    await store.save_item(thread, an_answer("msg_2", created_at=local), alice)
    await store.save_item(thread, an_answer("msg_3", created_at=elsewhere), alice)
    for kept in (
        await store.load_thread("thr_2", alice),
        await store.load_item(thread, "msg_2", alice),
    ):
        assert kept.created_at.tzinfo is not None
        assert kept.created_at == local.astimezone()
    assert (await store.load_item(thread, "msg_3", alice)).created_at == NOW


@pytest.mark.parametrize(
    "unreadable",
    [
        {"type": "hologram", "id": "msg_2"},
        {"type": "assistant_message", "id": "msg_2", "content": "another shape"},
    ],
)
async def test_items_of_a_newer_version_are_skipped_and_logged(
    store: Any,
    alice: Any,
    thread: str,
    unreadable: dict[str, Any],
    database_url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for item_id in ("msg_2", "msg_3"):
        await store.add_thread_item(thread, an_answer(item_id, "secret"), alice)
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(
            "update app_chat.items set payload = $1::jsonb where id = 'msg_2'",
            json.dumps({**unreadable, "thread_id": thread, "created_at": "2026-01-01T00:00:00Z"}),
        )
    finally:
        await connection.close()
    with caplog.at_level(logging.WARNING):
        assert await ids(store, alice) == ["msg_1", "msg_3"]
    assert "msg_2 cannot be read" in caplog.text
    assert "shape" not in caplog.text
    page = await store.load_thread_items(thread, None, 2, "asc", alice)
    assert [item.id for item in page.data] == ["msg_1"]
    page = await store.load_thread_items(thread, page.after, 2, "asc", alice)
    assert [item.id for item in page.data] == ["msg_3"]
    with pytest.raises(store_error(store), match="msg_2 was written by a newer version"):
        await store.load_item(thread, "msg_2", alice)


def store_error(store: Any) -> type[Exception]:
    import importlib

    package = type(store).__module__.rpartition(".")[0]
    error: type[Exception] = importlib.import_module(package).StoreError
    return error


@pytest.mark.parametrize(
    ("kind", "prefix"), [("thread", "thr"), ("message", "msg"), ("tool_call", "tc")]
)
def test_ids_are_of_full_length(store: Any, alice: Any, kind: StoreItemType, prefix: str) -> None:
    def make() -> str:
        if kind == "thread":
            return str(store.generate_thread_id(alice))
        return str(store.generate_item_id(kind, a_thread(), alice))

    made = {make() for _ in range(1000)}
    assert len(made) == 1000
    assert {(one.split("_")[0], len(one.split("_")[1])) for one in made} == {(prefix, 32)}
