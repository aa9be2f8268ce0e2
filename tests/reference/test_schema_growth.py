"""The schema grows up: tables partitioned by user, and a newer version beside the running one."""

from __future__ import annotations

import asyncio
import importlib
import re
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import asyncpg
import pytest
from chatkit.store import NotFoundError
from chatkit.types import FileAttachment, HiddenContextItem, ThreadMetadata
from pydantic import SecretStr

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
TABLE = re.compile(r'create table if not exists :"schema"\.(\w+) \((\n    user_id .*?\n)\);', re.S)
# What a second version might bring: only additions.
SECOND = """
alter table :"schema".threads add column if not exists folder text not null default 'inbox';
create table if not exists :"schema".folders (user_id text, id text, primary key (user_id, id));
insert into :"schema".schema_version (version)
select 2 where not exists (select from :"schema".schema_version where version >= 2);
"""


@pytest.fixture
async def database(anyio_backend: str, database_url: str) -> AsyncIterator[asyncpg.Connection[Any]]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


def schema_of(delivered: ModuleType) -> str:
    return (Path(str(delivered.__file__)).parent / "schema.sql").read_text()


async def everything_works(store: Any, delivered: ModuleType, user: str) -> None:
    """Each statement that writes, and what it wrote."""
    context = delivered.RequestContext(user)
    for thread in ("thr_1", "thr_2"):
        await store.save_thread(ThreadMetadata(id=thread, created_at=NOW), context)
        turn = await store.begin_turn(thread, context, seconds=60)
        for name in ("a", "b", "a"):
            item = HiddenContextItem(id=name, thread_id=thread, created_at=NOW, content=user)
            await store.save_item(thread, item, context)
        assert await store.renew_turn(thread, turn, context, seconds=60)
        await store.end_turn(thread, turn, context)
        await store.save_feedback(thread, ["a"], "positive", context)
        file = FileAttachment(id=thread, thread_id=thread, name="x", mime_type="text/plain")
        await store.save_attachment(file, context)
    await store.delete_thread("thr_1", context)
    with pytest.raises(NotFoundError):
        await store.load_attachment("thr_1", context)
    page = await store.load_thread_items("thr_2", None, 20, "asc", context)
    assert [(item.id, item.content) for item in page.data] == [("a", user), ("b", user)]
    assert [one.id for one in (await store.load_threads(20, None, "asc", context)).data] == [
        "thr_2"
    ]


async def test_the_store_works_on_tables_partitioned_by_user(
    store: Any, database: asyncpg.Connection[Any], delivered: ModuleType
) -> None:
    """Every key and foreign key stays as it is in the file; Citus asks the same of them."""
    script = schema_of(delivered)
    assert len(TABLE.findall(script)) == 5
    script = TABLE.sub(r'create table :"schema".\1 (\2) partition by hash (user_id);', script)
    await database.execute("create schema app_chat")
    await database.execute(script.replace(':"schema"', "app_chat"))
    for table, _ in TABLE.findall(schema_of(delivered)):
        for part in range(4):
            await database.execute(
                f"create table app_chat.{table}_{part} partition of app_chat.{table} "
                f"for values with (modulus 4, remainder {part})"
            )
    users = [f"user_{number}" for number in range(12)]
    await asyncio.gather(*(everything_works(store, delivered, user) for user in users))
    used = await database.fetchval("select count(distinct tableoid) from app_chat.items")
    assert used > 1


@pytest.fixture
def newer(delivered: ModuleType, tmp_path: Path) -> Iterator[Any]:
    """The package as a later release might bring it, with a second version of the schema."""
    package = shutil.copytree(Path(delivered.__path__[0]), tmp_path / "newer_store")
    with (package / "schema.sql").open("a") as script:
        script.write(SECOND)
    database = package / "database.py"
    text = database.read_text()
    assert text.count("SCHEMA_VERSION = 1\n") == 1
    database.write_text(text.replace("SCHEMA_VERSION = 1\n", "SCHEMA_VERSION = 2\n"))
    sys.path.insert(0, str(tmp_path))
    parts = [importlib.import_module(f"newer_store{part}") for part in ("", ".config", ".context")]
    everything: dict[str, Any] = {}
    for part in parts:
        everything |= vars(part)
    yield SimpleNamespace(**{**everything, "config": parts[1]})
    sys.path.remove(str(tmp_path))
    for name in [name for name in sys.modules if name.partition(".")[0] == "newer_store"]:
        del sys.modules[name]


async def test_a_newer_version_is_applied_while_the_old_code_runs(
    make_store: Callable[..., Any],
    database: asyncpg.Connection[Any],
    delivered: ModuleType,
    newer: Any,
    database_url: str,
) -> None:
    old = make_store()
    await everything_works(old, delivered, "before")
    workers = [
        newer.PostgresStore(newer.config.StoreConfig(database_url=SecretStr(database_url)))
        for _ in range(3)
    ]
    try:
        await asyncio.gather(
            *(everything_works(old, delivered, f"old_{number}") for number in range(4)),
            *(
                everything_works(worker, newer, f"new_{number}")
                for number, worker in enumerate(workers)
            ),
        )
        late = make_store()
        await everything_works(late, delivered, "after")
        before = newer.RequestContext("before")
        assert (await workers[0].load_thread("thr_2", before)).id == "thr_2"
    finally:
        await asyncio.gather(*(worker.close() for worker in workers))
    versions = await database.fetch("select version from app_chat.schema_version order by version")
    assert [row["version"] for row in versions] == [1, 2]
    assert (
        await database.fetchval("select count(*) from app_chat.threads where folder = 'inbox'") == 9
    )
