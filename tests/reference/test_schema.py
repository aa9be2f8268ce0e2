"""The schema: made once by whoever comes first, led by the user, and cheap at any length."""

from __future__ import annotations

import asyncio
import importlib
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timezone
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from chatkit.store import NotFoundError
from chatkit.types import HiddenContextItem, ThreadMetadata

from chatkit_agent.sandbox.postgres_programs import binaries, environment

from .conversations import a_file

pytestmark = pytest.mark.anyio

MakeStore = Callable[..., Any]


def a_thread(thread_id: str) -> ThreadMetadata:
    return ThreadMetadata(id=thread_id, created_at=datetime.now(timezone.utc))


def an_item(item_id: str) -> HiddenContextItem:
    now = datetime.now(timezone.utc)
    return HiddenContextItem(id=item_id, thread_id="thr_1", created_at=now, content="x")


def as_role(url: str, role: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{role}@"))


@pytest.fixture
async def database(anyio_backend: str, database_url: str) -> AsyncIterator[asyncpg.Connection[Any]]:
    """The test's database, seen by its administrator."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture
async def limited(database: asyncpg.Connection[Any], database_url: str) -> AsyncIterator[str]:
    """The URL of the same database for a role that may do nothing there yet."""
    role = f"limited_{database.get_server_pid()}"
    await database.execute(f"create role {role} login")
    yield as_role(database_url, role)
    await database.execute(f"drop owned by {role}; drop role {role}")


async def test_the_user_leads_every_key(store: Any, database: asyncpg.Connection[Any]) -> None:
    await store.ping()
    keys = await database.fetch(
        """
        select c.conname, c.contype, a.attname as leads
        from pg_constraint c
        join pg_namespace n on n.oid = c.connamespace and n.nspname = 'app_chat'
        join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
        where c.contype in ('p', 'u', 'f', 'x')"""
    )
    assert len(keys) >= 10
    assert {key["conname"]: key["leads"] for key in keys if key["leads"] != "user_id"} == {}
    unique = await database.fetch(
        """
        select i.indexrelid::regclass::text as name, a.attname as leads
        from pg_index i
        join pg_class t on t.oid = i.indrelid
        join pg_namespace n on n.oid = t.relnamespace and n.nspname = 'app_chat'
        join pg_attribute a on a.attrelid = t.oid and a.attnum = i.indkey[0]
        where i.indisunique"""
    )
    assert {index["leads"] for index in unique} == {"user_id"}


@pytest.mark.parametrize("attempt", range(4))
async def test_many_pools_may_start_on_an_empty_database(
    make_store: MakeStore, database: asyncpg.Connection[Any], delivered: ModuleType, attempt: int
) -> None:
    stores = [make_store() for _ in range(8)]
    contexts = [delivered.RequestContext(f"user_{number}") for number in range(8)]
    await asyncio.gather(
        *(
            store.save_thread(a_thread("thr_1"), context)
            for store, context in zip(stores, contexts, strict=True)
        )
    )
    assert await database.fetchval("select count(*) from app_chat.threads") == 8
    assert await database.fetchval("select count(*) from app_chat.schema_version") == 1


async def test_many_processes_may_start_on_an_empty_database(
    delivered: ModuleType, database_url: str
) -> None:
    script = (
        "import asyncio, importlib, sys\n"
        "store = importlib.import_module(sys.argv[1])\n"
        "config = importlib.import_module(sys.argv[1] + '.config')\n"
        "config = config.StoreConfig(database_url=sys.argv[2])\n"
        "sys.stdin.readline()\n"
        "asyncio.run(store.PostgresStore(config).ping())\n"
    )
    command = [sys.executable, "-c", script, delivered.__name__, database_url]
    workers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for worker in workers:
        assert worker.stdin
        worker.stdin.write("go\n")
        worker.stdin.flush()
    errors = [worker.communicate()[1] for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * 4, errors


async def test_the_file_and_the_code_agree_on_the_version(
    store: Any, database: asyncpg.Connection[Any], delivered: ModuleType
) -> None:
    await store.ping()
    code = importlib.import_module(f"{delivered.__name__}.database").SCHEMA_VERSION
    assert await database.fetchval("select max(version) from app_chat.schema_version") == code
    script = (Path(str(delivered.__file__)).parent / "schema.sql").read_text()
    assert f"version {code}." in script.splitlines()[0]
    await database.execute(script.replace(':"schema"', '"app_chat"'))
    assert await database.fetchval("select count(*) from app_chat.schema_version") == 1


async def test_old_code_runs_beside_a_newer_schema(
    make_store: MakeStore, database: asyncpg.Connection[Any], alice: Any
) -> None:
    await make_store().ping()
    await database.execute(
        "alter table app_chat.threads add column later text; "
        "insert into app_chat.schema_version (version) values (99)"
    )
    old = make_store()
    await old.save_thread(a_thread("thr_1"), alice)
    assert (await old.load_thread("thr_1", alice)).id == "thr_1"


async def test_a_role_without_rights_is_told_what_to_run(
    make_store: MakeStore,
    database: asyncpg.Connection[Any],
    limited: str,
    delivered: ModuleType,
    alice: Any,
) -> None:
    await database.execute("revoke create on schema public from public")
    store = make_store(limited)
    with pytest.raises(delivered.StoreNotConfigured) as caught:
        await store.ping()
    told = re.search(r"run: (.*; )--", str(caught.value))
    assert told, caught.value
    await database.execute(told.group(1))
    await store.save_thread(a_thread("thr_1"), alice)
    assert (await store.load_thread("thr_1", alice)).id == "thr_1"


async def test_a_role_that_may_only_use_the_tables_is_enough(
    make_store: MakeStore,
    database: asyncpg.Connection[Any],
    limited: str,
    delivered: ModuleType,
    alice: Any,
) -> None:
    await make_store().ping()
    store = make_store(limited)
    with pytest.raises(delivered.StoreNotConfigured, match="grant usage"):
        await store.ping()
    role = urlsplit(limited).username
    await database.execute(
        f"grant usage on schema app_chat to {role}; "
        f"grant select, insert, update, delete on all tables in schema app_chat to {role}"
    )
    await store.save_thread(a_thread("thr_1"), alice)
    await store.delete_thread("thr_1", alice)


async def test_the_file_works_by_hand_as_its_header_says(
    make_store: MakeStore,
    database: asyncpg.Connection[Any],
    database_url: str,
    limited: str,
    delivered: ModuleType,
    alice: Any,
) -> None:
    script = Path(str(delivered.__file__)).parent / "schema.sql"
    header = re.search(r"--   psql (.*)\n", script.read_text())
    assert header
    arguments = header.group(1).replace('"$DATABASE_URL"', f"'{database_url}'")
    subprocess.run(
        f"{binaries() / 'psql'} -Xq -v ON_ERROR_STOP=1 {arguments}",
        shell=True,
        check=True,
        cwd=script.parent,
        env=environment(),
        capture_output=True,
    )
    role = urlsplit(limited).username
    await database.execute(
        f"grant usage on schema app_chat to {role}; "
        f"grant select, insert, update, delete on all tables in schema app_chat to {role}"
    )
    store = make_store(limited)
    await store.save_thread(a_thread("thr_1"), alice)
    await database.execute(f"revoke update on app_chat.threads from {role}")
    with pytest.raises(delivered.StoreNotConfigured, match="lacks rights on the chat's tables"):
        await store.save_thread(a_thread("thr_1"), alice)


async def test_row_level_security_is_a_second_lock(
    make_store: MakeStore,
    database: asyncpg.Connection[Any],
    limited: str,
    delivered: ModuleType,
    alice: Any,
    bob: Any,
) -> None:
    await make_store().ping()
    role = urlsplit(limited).username
    script = (Path(str(delivered.__file__)).parent / "schema.sql").read_text()
    switch = "".join(re.findall(r"--   ((?:alter|create policy).*\n)", script))
    assert switch.count(";") == 2
    for table in ("threads", "deleted_threads", "items", "attachments", "feedback"):
        await database.execute(switch.replace("app_chat.threads", f"app_chat.{table}"))
    await database.execute(
        f"grant usage on schema app_chat to {role}; "
        f"grant select, insert, update, delete on all tables in schema app_chat to {role}"
    )
    with pytest.raises(delivered.StoreNotConfigured, match="ROW_LEVEL_SECURITY=true"):
        await make_store(limited).save_thread(a_thread("thr_1"), alice)
    store = make_store(limited, row_level_security=True)
    await store.save_thread(a_thread("thr_1"), alice)
    await store.add_thread_item("thr_1", an_item("msg_1"), alice)
    assert (await store.load_item("thr_1", "msg_1", alice)).content == "x"
    paper = a_file(metadata={"bytes": 9000})
    assert await store.add_attachment(paper, alice, size=9000, most=9000)
    assert not await store.add_attachment(a_file("atc_2"), alice, size=1, most=9000)
    with pytest.raises(NotFoundError):
        await store.load_thread("thr_1", bob)
    careless = await asyncpg.connect(limited)
    try:
        assert await careless.fetchval("select count(*) from app_chat.threads") == 0
        await careless.execute("select set_config('chatkit.user_id', 'alice', false)")
        assert await careless.fetchval("select count(*) from app_chat.threads") == 1
    finally:
        await careless.close()


def touched(plan: dict[str, Any]) -> int:
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def node_types(plan: dict[str, Any]) -> set[str]:
    return {plan["Node Type"]}.union(*map(node_types, plan.get("Plans", [])))


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("plans", ["force_generic_plan", "force_custom_plan"])
async def test_a_page_costs_the_same_at_any_length(
    store: Any,
    database: asyncpg.Connection[Any],
    delivered: ModuleType,
    alice: Any,
    order: str,
    plans: str,
) -> None:
    module = importlib.import_module(f"{delivered.__name__}.postgres_store")
    for thread_id, length in (("thr_short", 60), ("thr_long", 50_000)):
        await store.save_thread(a_thread(thread_id), alice)
        await database.execute(
            """insert into app_chat.items (user_id, thread_id, id, payload)
            select 'alice', $1, 'msg_' || n, '{}' from generate_series(1, $2::int) as n""",
            thread_id,
            length,
        )
    await database.execute("analyze")
    await database.execute(f"set plan_cache_mode = {plans}")
    for name, types in (("first", "text, text"), ("next", "text, text, text, bigint")):
        query = module._page_query(module.SQL[f"{name}_items"], order, 21)
        text = query.replace("{schema}", "app_chat")
        await database.execute(f"prepare {name}_page ({types}) as {text}")

    async def explain(thread_id: str, after: str | None = None) -> dict[str, Any]:
        name, _, position = (after or "").partition("@")
        page = f"next_page('alice', '{thread_id}', '{name}', {position or 'null'})"
        explained = await database.fetchval(
            "explain (analyze, buffers, format json) execute "
            + (page if after else f"first_page('alice', '{thread_id}')")
        )
        plan: dict[str, Any] = json.loads(explained)[0]["Plan"]
        assert node_types(plan) <= {"Limit", "Index Scan", "Result"}, explained
        return plan

    place = await database.fetchval("select min(position) + 30 from app_chat.items")
    for after in (None, "msg_30", f"msg_30@{place}"):
        short, long = await explain("thr_short", after), await explain("thr_long", after)
        assert touched(long) <= touched(short) + 6
    assert touched(await explain("thr_long", "msg_25000")) <= 30


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("analyzed", [False, True])
@pytest.mark.parametrize("is_first", [False, True])
async def test_what_a_chat_asks_often_is_not_planned_each_time(
    make_store: Any,
    database: asyncpg.Connection[Any],
    alice: Any,
    order: str,
    analyzed: bool,
    is_first: bool,
) -> None:
    store = make_store(pool_max_size=1)
    for number in range(40):
        await store.save_thread(a_thread(f"thr_{number}"), alice)
    # With the limit as a parameter, first pages fail here as long as there are no statistics.
    await database.execute(
        """insert into app_chat.items (user_id, thread_id, id, payload)
        select 'alice', id, 'msg_' || n, $1::jsonb
        from app_chat.threads, generate_series(0, 99) n""",
        an_item("msg").model_dump_json(),
    )
    if analyzed:
        await database.execute("analyze")
    for number in range(20):
        thread_id = f"thr_{number}"
        await store.load_thread(thread_id, alice)
        if is_first:
            await store.load_threads(20, None, order, alice)
            await store.load_thread_items(thread_id, None, 20, order, alice)
        else:
            await store.load_threads(20, "thr_20", order, alice)
            await store.load_thread_items(thread_id, "msg_50", 20, order, alice)
        await store.load_item(thread_id, "msg_1", alice)
        await store.save_item(thread_id, an_item("msg_1"), alice)
        turn_id = await store.begin_turn(thread_id, alice, seconds=60)
        await store.renew_turn(thread_id, turn_id, alice, seconds=60)
        await store.end_turn(thread_id, turn_id, alice)
    # PostgreSQL compares five plans for the values with one for any; $1 keeps this statement apart.
    planned = await store._database.fetch(
        """select statement, custom_plans from pg_prepared_statements
        where statement like '%_chat"%' and generic_plans + custom_plans > 10 and $1 <> ''""",
        "alice",
    )
    assert not [row["statement"] for row in planned if row["custom_plans"] > 5]
    assert len(planned) == 10


async def test_who_has_many_threads_begins_a_turn_as_fast(
    store: Any, database: asyncpg.Connection[Any], delivered: ModuleType, alice: Any
) -> None:
    module = importlib.import_module(f"{delivered.__name__}.postgres_store")
    await store.save_thread(a_thread("thr_1"), alice)
    await database.execute(
        """insert into app_chat.threads (user_id, id, payload)
        select 'alice', 'other_' || n, '{}' from generate_series(1, 5000) as n"""
    )
    await database.execute("analyze")
    query = module.SQL["begin_turn"].replace("{schema}", "app_chat")
    explained = await database.fetchval(
        f"explain (analyze, buffers, format json) {query}", "alice", "thr_1", "turn", 60, 5
    )
    assert touched(json.loads(explained)[0]["Plan"]) <= 30, explained
