"""Old conversations go, a user is forgotten, and an export holds all of one user and no other."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone
from types import ModuleType
from typing import Any

import asyncpg
import pytest
from chatkit.store import NotFoundError
from chatkit.types import FileAttachment, HiddenContextItem, ThreadMetadata
from pydantic import SecretStr

from .conftest import TARGET

pytestmark = pytest.mark.anyio


@pytest.fixture
def module(delivered: ModuleType) -> ModuleType:
    return importlib.import_module(f"{delivered.__name__}.retention")


@pytest.fixture
async def retention(
    module: ModuleType, delivered: ModuleType, database_url: str
) -> AsyncIterator[Any]:
    made = module.Retention(delivered.StoreConfig(database_url=SecretStr(database_url)))
    yield made
    await made.close()


@pytest.fixture
async def database(
    anyio_backend: str, store: Any, database_url: str
) -> AsyncIterator[asyncpg.Connection[Any]]:
    """The test's database with the chat's tables, seen by its administrator."""
    await store.ping()
    connection = await asyncpg.connect(database_url)
    await connection.execute("set search_path to app_chat")
    yield connection
    await connection.close()


async def talk(store: Any, who: Any, *names: str) -> None:
    now = datetime.now(timezone.utc)
    for name in names:
        await store.save_thread(ThreadMetadata(id=name, created_at=now), who)
        for number in range(3):
            item = HiddenContextItem(
                id=f"{name}-{number}",
                thread_id=name,
                created_at=now,
                content=f"{who.user_id} \U0001f600 {number}",
            )
            await store.add_thread_item(name, item, who)


async def ages(database: asyncpg.Connection[Any], days: int, *threads: str) -> None:
    query = "update threads set updated_at = now() - make_interval(days => $1) where id = any($2)"
    await database.execute(query, days, list(threads))


async def counted(database: asyncpg.Connection[Any], table: str) -> dict[str, int]:
    rows = await database.fetch(f"select user_id, count(*) from {table} group by 1 order by 1")
    return dict(rows)


async def test_what_is_old_goes_for_every_user(
    store: Any, retention: Any, database: Any, alice: Any, bob: Any
) -> None:
    await talk(store, alice, "a1", "a2")
    await talk(store, bob, "b1", "b2", "b3")
    await ages(database, 40, "a1", "b1", "b3")
    assert await retention.delete_older(timedelta(days=50)) == 0
    assert await retention.delete_older(timedelta(days=30)) == 3
    assert await counted(database, "items") == {"alice": 3, "bob": 3}
    assert await counted(database, "threads") == {"alice": 1, "bob": 1}
    assert await retention.delete_older(timedelta(days=30)) == 0


async def test_more_than_a_batch_goes(store: Any, retention: Any, database: Any) -> None:
    await database.execute(
        "insert into threads (user_id, id, payload, updated_at) "
        "select 'user' || u, 'thr_' || t, '{}', now() - make_interval(days => t % 2 * 10) "
        "from generate_series(1, 7) u, generate_series(1, 90) t"
    )
    assert await retention.delete_older(timedelta(days=5)) == 7 * 45
    assert set((await counted(database, "threads")).values()) == {45}


async def test_a_running_turn_keeps_its_thread(
    store: Any, retention: Any, database: Any, alice: Any
) -> None:
    await talk(store, alice, "a1")
    turn = await store.begin_turn("a1", alice, seconds=60)
    await ages(database, 40, "a1")
    assert await retention.delete_older(timedelta(days=30)) == 0
    await store.end_turn("a1", turn, alice)
    assert await retention.delete_older(timedelta(days=30)) == 1


async def test_marks_and_unused_uploads_go_when_they_are_old(
    store: Any, retention: Any, database: Any, alice: Any
) -> None:
    await talk(store, alice, "a1", "a2", "a3")
    for name in ("old", "new", "used"):
        upload = FileAttachment(id=name, name=name, mime_type="text/plain", thread_id=None)
        if name == "used":
            upload.thread_id = "a3"
        await store.save_attachment(upload, alice)
    await store.delete_thread("a1", alice)
    await store.delete_thread("a2", alice)
    long_ago = datetime.now(timezone.utc) - timedelta(days=40)
    await database.execute("update deleted_threads set deleted_at = $1 where id = 'a1'", long_ago)
    query = "update attachments set created_at = $1 where id in ('old', 'used')"
    await database.execute(query, long_ago)
    await retention.delete_older(timedelta(days=30))
    left = "select array_agg(id order by id) from"
    assert await database.fetchval(f"{left} deleted_threads") == ["a2"]
    assert await database.fetchval(f"{left} attachments") == ["new", "used"]


async def test_a_user_is_forgotten_and_no_other(
    store: Any, retention: Any, database: Any, alice: Any, bob: Any
) -> None:
    await talk(store, alice, *(f"a{number}" for number in range(130)))
    await talk(store, bob, "b1")
    await store.delete_thread("a7", alice)
    await store.save_attachment(FileAttachment(id="u", name="u", mime_type="text/plain"), alice)
    await store.save_feedback("b1", ["b1-0"], "positive", bob)
    assert await retention.forget("alice") == 129
    for table in ("threads", "items", "attachments", "feedback", "deleted_threads"):
        assert "alice" not in await counted(database, table), table
    assert await counted(database, "items") == {"bob": 3}
    assert await counted(database, "feedback") == {"bob": 1}


async def test_a_turn_that_runs_does_not_bring_the_user_back(
    store: Any, retention: Any, database: Any, alice: Any
) -> None:
    await talk(store, alice, "a1")
    turn = await store.begin_turn("a1", alice, seconds=1.5)
    forgetting = asyncio.create_task(retention.forget("alice"))
    await asyncio.sleep(0.5)
    assert await store.renew_turn("a1", turn, alice, seconds=1.5) is False
    now = datetime.now(timezone.utc)
    with pytest.raises(NotFoundError):
        await store.save_thread(ThreadMetadata(id="a1", created_at=now), alice)
    assert await forgetting == 1
    assert await counted(database, "deleted_threads") == {}


async def test_nobody_waits_for_a_deletion(
    store: Any, retention: Any, database: Any, database_url: str, alice: Any
) -> None:
    """A thread that somebody writes to at this moment is not waited for by anyone else."""
    await talk(store, alice, "a1", "a2")
    await ages(database, 40, "a1")
    lock = database.transaction()
    await lock.start()
    await database.execute("update threads set updated_at = now() where id = 'a1'")
    deleting = asyncio.create_task(retention.delete_older(timedelta(days=30)))
    await asyncio.sleep(0.3)
    await asyncio.wait_for(talk(store, alice, "a3", "a4"), 2)
    await lock.commit()
    assert await deleting == 0, "it had become young when its turn came"


async def test_an_export_is_whole_and_of_one_user(
    store: Any, retention: Any, alice: Any, bob: Any
) -> None:
    await talk(store, alice, "a1", *(f"b{number}" for number in range(120)))
    await talk(store, bob, "b1")
    await store.save_feedback("a1", ["a1-1"], "negative", alice)
    await store.save_attachment(
        FileAttachment(id="u", name="résumé.txt", mime_type="text/plain"), alice
    )
    text = "".join([piece async for piece in retention.export("alice")])
    document = json.loads(text)
    assert document["user_id"] == "alice"
    assert len(document["threads"]) == 121
    first = document["threads"][0]
    assert first["thread"]["id"] == "a1"
    assert [each["item"]["id"] for each in first["items"]] == ["a1-0", "a1-1", "a1-2"]
    assert [each["feedback"] for each in first["items"]] == [None, "negative", None]
    assert document["attachments"][0]["name"] == "résumé.txt"
    assert "bob" not in text
    empty = json.loads("".join([piece async for piece in retention.export('no"body')]))
    assert empty == {"user_id": 'no"body', "threads": [], "attachments": []}


async def test_row_level_security_is_named_where_it_hides_users(
    store: Any,
    module: ModuleType,
    delivered: ModuleType,
    database: Any,
    database_url: str,
    alice: Any,
) -> None:
    await talk(store, alice, "a1")
    await ages(database, 40, "a1")
    role = f"chat_{database.get_server_pid()}"
    await database.execute(
        f"create role {role} login; grant usage on schema app_chat to {role}; "
        f"grant all on all tables in schema app_chat to {role}; "
        "alter table threads enable row level security, force row level security; "
        "create policy own on threads using (user_id = current_setting('chatkit.user_id', true))"
    )
    url = database_url.replace("postgres:@", f"{role}@").replace("postgres@", f"{role}@")
    config = delivered.StoreConfig(database_url=SecretStr(url), row_level_security=True)
    retention = module.Retention(config)
    try:
        with pytest.raises(delivered.StoreNotConfigured, match="bypassrls"):
            await retention.delete_older(timedelta(days=30))
        assert await retention.forget("alice") == 1
    finally:
        await retention.close()
        await database.execute(f"drop owned by {role}; drop role {role}")


def run(module: ModuleType, url: str | None, *arguments: str) -> subprocess.CompletedProcess[str]:
    prefix = importlib.import_module(f"{module.__package__}.config").ENV_PREFIX
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    environment.pop(f"{prefix}DATABASE_URL", None)
    if url is not None:
        environment[f"{prefix}DATABASE_URL"] = url
    widgets = "ignore:Direct usage of named widget classes:DeprecationWarning"
    command = [sys.executable, "-W", "error", "-W", widgets, "-m", f"{TARGET}.services.retention"]
    command += arguments
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


async def test_it_runs_as_a_module(
    store: Any, module: ModuleType, database: Any, database_url: str, alice: Any
) -> None:
    await talk(store, alice, "a1", "a2")
    exported = run(module, database_url, "export", "--user", "alice")
    assert len(json.loads(exported.stdout)["threads"]) == 2, exported.stderr
    await ages(database, 91, "a1")
    done = run(module, database_url, "delete", "--older-than", "90")
    assert (done.stdout, done.stderr) == ("Deleted 1 conversations.\n", "")
    done = run(module, database_url, "delete", "--user", "alice")
    assert done.stdout == "Deleted 1 conversations.\n"
    assert await counted(database, "threads") == {}


@pytest.mark.parametrize(
    "arguments",
    [
        ["delete"],
        ["delete", "--older-than", "0"],
        ["delete", "--older-than", "soon"],
        ["delete", "--older-than", "9", "--user", "alice"],
        ["export"],
    ],
)
def test_a_wrong_call_deletes_nothing(module: ModuleType, arguments: list[str]) -> None:
    assert run(module, None, *arguments).returncode == 2


@pytest.mark.parametrize(
    ("url", "words"),
    [(None, "is not set"), ("postgresql://u:secret@127.0.0.1:1/none", "cannot be reached")],
)
def test_what_is_wrong_is_said_in_words(module: ModuleType, url: str | None, words: str) -> None:
    done = run(module, url, "delete", "--user", "alice")
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr
