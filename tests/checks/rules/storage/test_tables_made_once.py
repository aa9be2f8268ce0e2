"""Tables that every worker makes are found; under an advisory lock they are not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.storage.tables_made_once import tables_made_once
from tests.checks.rules.conftest import Findings

STORE = """\
from chatkit.store import Store
class S(Store[dict]):
    async def make(self):
        await db.execute("{first}")
        await db.execute("create table if not exists chat.threads (id text)")
"""


def test_found_once(findings: Findings) -> None:
    store = STORE.format(first="create schema if not exists chat")
    (finding,) = findings(tables_made_once, {"app/store.py": store})
    assert finding.where == "app/store.py:4"


@pytest.mark.parametrize(
    "files",
    [
        {"app/store.py": STORE.format(first="select pg_advisory_xact_lock(7)")},
        {"app/store.py": "from chatkit.store import Store\nclass S(Store[dict]): ...\n"},
        {"app/schema.sql": "create table if not exists threads (id text);"},
    ],
)
def test_quiet(findings: Findings, files: dict[str, str]) -> None:
    assert not findings(tables_made_once, files)


OWN = """\
import sqlite3
from app.store import S
def seen():
    sqlite3.connect("x").execute("create table if not exists seen (at text)")
"""


def test_a_table_of_the_application_is_no_matter_of_the_chat(findings: Findings) -> None:
    store = "from chatkit.store import Store\nclass S(Store[dict]):\n    async def make(self):\n"
    written = '        await db.execute("insert into threads values (1)")\n'
    files = {"app/main.py": OWN, "app/store.py": store + written}
    assert not findings(tables_made_once, files)
    files["app/main.py"] = OWN.replace(" seen (", " threads (")
    assert len(findings(tables_made_once, files)) == 1


RUNS = """\
from pathlib import Path
from chatkit.store import Store
class S(Store[dict]):
    async def make(self):
        await db.execute(Path("schema.sql").read_text())
        await db.execute("insert into chats (id) values ($1)")
"""
MAKES = "create table if not exists chats (id text);"


@pytest.mark.parametrize(
    ("sql", "where"),
    [
        (MAKES, ["app/schema.sql:1"]),
        (f"select pg_advisory_xact_lock(1);{MAKES}", []),
        (MAKES.replace("if not exists ", ""), []),
    ],
)
def test_a_file_that_the_store_runs(findings: Findings, sql: str, where: list[str]) -> None:
    found = findings(tables_made_once, {"app/store.py": RUNS, "app/schema.sql": sql})
    assert [each.where for each in found] == where


SPELLED = """\
import asyncio
import sqlalchemy as sa
from chatkit.store import Store
from app.database import DDL, locked, locking
{above}
class S(Store[dict]):
    TABLES = ("{first} chat.threads (id text)",)
    async def make(self, db):
        {line}
    async def save_thread(self, thread, context):
        await db.execute("insert into chat.threads (id) values ($1)")
"""
DATABASE = """\
from contextlib import asynccontextmanager
DDL = "CREATE TABLE IF NOT EXISTS chat.threads (id text)"
@asynccontextmanager
async def locked(db):
    await db.execute("select pg_advisory_xact_lock(7)")
    yield
async def locking(make, db):
    await db.execute(LOCK)
    await make(db)
LOCK = "select pg_advisory_lock(7)"
"""
ALONE = "await db.execute(DDL)"


@pytest.mark.parametrize(
    ("count", "line", "above"),
    [
        (1, ALONE, ""),
        (1, "[await db.execute(each) for each in self.TABLES]", ""),
        (1, "await db.execute('create schema ' + 'if not exists chat')", ""),
        (1, f"{ALONE}  # pg_advisory_xact_lock", ""),
        (1, f"log('no advisory lock is taken'); {ALONE}", ""),
        (1, ALONE, "async def other(db):\n    await db.execute('select pg_advisory_xact_lock(1)')"),
        (1, "async with asyncio.Lock():\n            await db.execute(DDL)", ""),
        (0, "async with locked(db):\n            await db.execute(DDL)", ""),
        (
            0,
            "await db.execute(sa.select(sa.func.pg_advisory_xact_lock(1))); await db.execute(DDL)",
            "",
        ),
        (0, "await locking(made, db)", f"async def made(db):\n    {ALONE}"),
        (0, "await db.execute('create table chat.threads (id text)')", ""),
    ],
)
def test_spelled(findings: Findings, count: int, line: str, above: str) -> None:
    text = SPELLED.replace("{line}", line).replace("{above}", above)
    text = text.replace("{first}", "create table if not exists" if "TABLES" in line else "none of")
    files = {"app/store.py": text, "app/database.py": DATABASE}
    assert len(findings(tables_made_once, files)) == count


MAPPED = """\
from sqlalchemy.orm import DeclarativeBase as B
from chatkit.store import Store
class Thread(B):
    __tablename__ = "chat_threads"
class S(Store[dict]):
    async def make(self, engine):
        {line}
"""


@pytest.mark.parametrize(
    ("count", "line"),
    [
        (1, "async with engine.begin() as c: await c.run_sync(B.metadata.create_all)"),
        (1, "known = B.metadata; known.create_all(engine)"),
        (0, "c.execute(text('select pg_advisory_lock(1)')); B.metadata.create_all(c)"),
        (0, "self.queue.create_all_jobs()  # metadata.create_all"),
    ],
)
def test_mapped(findings: Findings, count: int, line: str) -> None:
    assert len(findings(tables_made_once, {"app/store.py": MAPPED.format(line=line)})) == count
