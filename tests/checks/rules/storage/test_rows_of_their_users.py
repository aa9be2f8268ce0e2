"""A save by the id alone is found in SQL and with SQLAlchemy; one that asks whose it is, is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.storage.rows_of_their_users import rows_of_their_users
from tests.checks.rules.conftest import Findings

STORE = """\
from uuid import uuid4
from chatkit.store import Store
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from app.rows import KEY, SAVE, ItemRow, OwnedRow, ThreadRow, run
class Notes(Store[dict]):
    def generate_thread_id(self, context):
        return f"thr_{uuid4().hex}"
    def generate_item_id(self, item_type, thread, context):
        return f"{item_type}_{uuid4().hex}"
    async def load_thread(self, thread_id, context):
        return await db.fetchrow("select data from threads where user_id = $1 and id = $2", a, b)
    async def save_thread(self, thread, context):
        # on conflict (id) do update set data = excluded.data
        {thread}
    async def save_item(self, thread_id, item, context):
        {item}
{more}
"""
ROWS = """\
from sqlalchemy import Column, String
from sqlalchemy.orm import Mapped, mapped_column
SAVE = "insert into threads (id, user_id) values ($1, $2) on conflict (id) do update set data = $3"
KEY = ["id"]
class ThreadRow(Base):
    __tablename__ = "threads"
    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str]
class OwnedRow(Base):
    __tablename__ = "threads"
    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True)
class ItemRow(Base):
    __tablename__ = "items"
    id = Column(String, primary_key=True)
    thread_id = Column(String)
async def run(statement, *given):
    await db.execute(statement, *given)
async def saved(row):
    await db.execute("insert into threads (id) values ($1) on conflict (id) do update set x = 1")
"""
INTO = "insert into {} (id, data) values ($1, $2) on conflict {} do update set data = excluded.data"
KEYED = {
    "straight": f"await db.execute('{INTO.format('threads', '(id)')}')",
    "in another case": f"await db.execute('{INTO.format('threads', '(id)').upper()}')",
    "a constant of another file": "await db.execute(SAVE, thread.id)",
    "a keyword": "await db.execute(query=SAVE)",
    "a name": f"query = '{INTO.format('threads', '(id)')}'\n        await db.execute(query)",
    "a helper": f"await run('{INTO.format('app.threads', '(id)')}')",
    "a condition that says nothing of it": "await db.execute('"
    + INTO.format("threads", "(id)")
    + " where threads.data <> excluded.data')",
    "SQLAlchemy": "await session.merge(ThreadRow(id=thread.id, user_id=user))",
    "SQLAlchemy by a name": "row = ThreadRow(id=thread.id)\n        await session.merge(row)",
    "SQLAlchemy's upsert": "s = upsert(T).on_conflict_do_update(index_elements=['id'], set_=x)",
    "SQLAlchemy's upsert by a column": "upsert(T).on_conflict_do_update("
    "index_elements=[ThreadRow.id], set_=x)",
    "SQLAlchemy's upsert by a constant": "s = upsert(T).on_conflict_do_update(index_elements=KEY, set_=x)",
}
OWNED = {
    "the user in the key": f"await db.execute('{INTO.format('threads', '(user_id, id)')}')",
    "the user behind the id": f"await db.execute('{INTO.format('threads', '(id, owner)')}')",
    "a condition": "await db.execute('"
    + INTO.format("threads", "(id)")
    + " where threads.user_id = excluded.user_id')",
    "nothing is overwritten": "await db.execute('insert into threads (id) values ($1)')",
    "nothing is done": "await db.execute('insert into threads (id) values ($1) on conflict (id) "
    "do nothing')",
    "a constraint by its name": f"await db.execute('{INTO.format('threads', 'on constraint a')}')",
    "an update of its user": "await db.execute('update threads set data = $1 where user_id = $2')",
    "SQLAlchemy": "await session.merge(OwnedRow(id=thread.id, user_id=user))",
    "SQLAlchemy's insert": "session.add(ThreadRow(id=thread.id))",
    "SQLAlchemy's upsert": "s = upsert(T).on_conflict_do_update(index_elements=['user_id', 'id'])",
    "SQLAlchemy's upsert by columns": "upsert(T).on_conflict_do_update("
    "index_elements=[T.user_id, T.id], set_=x)",
    "SQLAlchemy's upsert with a condition": "s = upsert(T).on_conflict_do_update("
    "index_elements=['id'], where=T.user_id == user)",
    "two dicts": "merge(thread.metadata)",
    "a comment": "pass  # on conflict (id) do update",
    "a text": "log('insert into threads', 'on conflict (id) do update set')",
}


def store(thread: str = "pass", item: str = "pass", more: str = "") -> dict[str, str]:
    source = STORE.replace("{thread}", thread).replace("{item}", item).replace("{more}", more)
    return {"app/store.py": source, "app/rows.py": ROWS}


@pytest.mark.parametrize("name", KEYED)
def test_keyed_by_the_id_alone(findings: Findings, name: str) -> None:
    (found,) = findings(rows_of_their_users, store(KEYED[name]))
    assert found.severity == "info"


@pytest.mark.parametrize("name", OWNED)
def test_keyed_by_whose_it_is(findings: Findings, name: str) -> None:
    assert not findings(rows_of_their_users, store(OWNED[name]))


@pytest.mark.parametrize(
    ("keys", "number"), [("(id)", 1), ("(thread_id, id)", 0), ("(chat, id)", 0), ("(user_id)", 0)]
)
def test_items_are_their_threads(findings: Findings, keys: str, number: int) -> None:
    line = f"await db.execute('{INTO.format('items', keys)}')"
    assert len(findings(rows_of_their_users, store(item=line))) == number


def test_a_row_of_an_item(findings: Findings) -> None:
    assert findings(rows_of_their_users, store(item="await session.merge(ItemRow(id=item.id))"))


@pytest.mark.parametrize(
    ("made", "number"),
    [
        ("create table threads (id text primary key, user_id text, data json)", 1),
        ("create table threads (id text, user_id text, primary key (id))", 1),
        ("create table threads (id text, user_id text, primary key (user_id, id))", 0),
        ("create table others (id text primary key, user_id text)", 0),
    ],
)
def test_what_replaces_goes_by_the_tables_key(findings: Findings, made: str, number: int) -> None:
    for line in (
        "await db.execute('insert or replace into threads (id, data) values (?, ?)')",
        "await db.execute('replace into threads (id, data) values (?, ?)')",
        "await db.execute('insert into threads (id) values (1) on duplicate key update data = 1')",
    ):
        files = {**store(line), "app/schema.sql": f"{made};"}
        assert len(findings(rows_of_their_users, files)) == number


def test_a_warning_where_ids_meet(findings: Findings) -> None:
    files = store(KEYED["straight"])
    files["app/store.py"] = files["app/store.py"].replace("uuid4().hex", "uuid4().hex[:8]")
    (found,) = findings(rows_of_their_users, files)
    assert found.severity == "warning"


def test_quiet_where_a_store_knows_no_users(findings: Findings) -> None:
    files = store(f"await db.execute('{INTO.format('threads', '(id)')}')")
    files["app/store.py"] = files["app/store.py"].replace("user_id = $1 and ", "")
    assert not findings(rows_of_their_users, files)
