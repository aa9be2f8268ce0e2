"""A real PgBouncer in transaction mode stands between the store and PostgreSQL."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from chatkit.store import NotFoundError
from chatkit.types import HiddenContextItem, ThreadMetadata

from chatkit_agent.sandbox.postgres_programs import account, grant

PGBOUNCER = shutil.which("pgbouncer")
pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(PGBOUNCER is None, reason="needs pgbouncer: apt-get install pgbouncer"),
]

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
TURNS = 40
# Fewer servers than the store has connections, so that statements meet others' servers.
CONFIGURATION = """
[databases]
* = host={server} user=postgres
[pgbouncer]
pool_mode = transaction
default_pool_size = 3
auth_type = any
listen_addr =
listen_port = 6432
unix_socket_dir = {folder}
"""


@pytest.fixture(scope="module")
def pgbouncer(postgres: str) -> Iterator[Path]:
    """The folder of its socket."""
    folder = Path(tempfile.mkdtemp(prefix="pgb-", dir="/tmp"))
    folder.chmod(0o711)
    grant(folder)
    (server,) = parse_qs(urlsplit(postgres).query)["host"]
    file = folder / "pgbouncer.ini"
    file.write_text(CONFIGURATION.format(server=server, folder=folder))
    process = subprocess.Popen(
        [str(PGBOUNCER), "-q", str(file)],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **account(),
    )
    while not (folder / ".s.PGSQL.6432").exists():
        assert process.poll() is None
        time.sleep(0.05)
    yield folder
    process.terminate()
    process.wait()
    shutil.rmtree(folder)


@pytest.fixture
def through_pooler(pgbouncer: Path, database_url: str) -> str:
    path = urlsplit(database_url).path
    return f"postgresql://postgres@{path}?host={quote(str(pgbouncer))}&port=6432"


async def turn(store: Any, delivered: ModuleType, number: int) -> None:
    """What a turn asks of the store, for one of eight people, and that nobody else sees it."""
    context = delivered.RequestContext(f"user_{number % 8}")
    thread = f"thr_{number}"
    await store.save_thread(ThreadMetadata(id=thread, created_at=NOW), context)
    turn_id = await store.begin_turn(thread, context, seconds=60)
    for place in range(3):
        item = HiddenContextItem(id=f"i{place}", thread_id=thread, created_at=NOW, content=thread)
        await store.add_thread_item(thread, item, context)
    assert await store.renew_turn(thread, turn_id, context, seconds=60)
    page = await store.load_thread_items(thread, None, 20, "desc", context)
    assert [(item.id, item.content) for item in page.data] == [(f"i{n}", thread) for n in (2, 1, 0)]
    await store.end_turn(thread, turn_id, context)
    with pytest.raises(NotFoundError):
        await store.load_thread(thread, delivered.RequestContext("somebody else"))


async def bad_turns(store: Any, delivered: ModuleType) -> list[Any]:
    turns = (turn(store, delivered, number) for number in range(TURNS))
    return [bad for bad in await asyncio.gather(*turns, return_exceptions=True) if bad]


@pytest.mark.parametrize("row_level_security", [False, True])
async def test_every_turn_is_good(
    make_store: Callable[..., Any],
    delivered: ModuleType,
    through_pooler: str,
    row_level_security: bool,
) -> None:
    store = make_store(through_pooler, pooler=True, row_level_security=row_level_security)
    assert await bad_turns(store, delivered) == []


async def test_whoever_did_not_say_that_there_is_a_pooler_is_told_to(
    make_store: Callable[..., Any], delivered: ModuleType, through_pooler: str
) -> None:
    bad = await bad_turns(make_store(through_pooler), delivered)
    assert len(bad) > TURNS / 2
    assert {type(one) for one in bad} == {delivered.StoreNotConfigured}
    assert {f"set {delivered.config.ENV_PREFIX}POOLER=true" in str(one) for one in bad} == {True}
