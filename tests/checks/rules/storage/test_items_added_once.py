"""An add that overwrites is found; one that refuses, or drafts that are saved, are not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.storage.items_added_once import items_added_once
from tests.checks.rules.conftest import Findings

STORE = """\
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as put
from chatkit.store import Store
from app.sql import ADD, UPSERT, upsert
class Lines(Store[dict]):
    async def save_thread(self, thread, context):
        await db.execute("insert into threads (id) values ($1) on conflict (id) do update set at = 1")
    async def save_item(self, thread_id, item, context):
        await db.execute(UPSERT, item.id)
    async def add_thread_item(self, thread_id, item, context):
        {line}
"""
SQL = """\
UPSERT = "INSERT INTO lines (id, doc) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET doc = $2"
ADD = "insert into lines (id, doc) values ($1, $2)"
async def upsert(db, item):
    await db.execute(UPSERT, item.id)
"""
ONLY = " where lines.doc = excluded.doc returning id"


@pytest.mark.parametrize(
    ("count", "line"),
    [
        (1, "await db.execute(UPSERT, item.id)"),
        (1, "await self.save_item(thread_id, item, context)"),
        (1, "await upsert(db, item)"),
        (1, "await db.execute('replace into lines values (?)', item.id)"),
        (1, "await db.execute('insert or replace into lines values (?)', item.id)"),
        (1, "await self.session.merge(Line(id=item.id))"),
        (1, "q = put(Line).values(id=item.id).on_conflict_do_update(index_elements=['id'])"),
        (0, "await db.execute(ADD, item.id)  # on conflict (id) do update"),
        (0, "await db.execute(ADD + ' on conflict do nothing returning id', item.id)"),
        (0, f"await db.execute(ADD + ' on conflict (id) do update set doc = $2{ONLY}', 1)"),
        (0, "self.session.add(Line(id=item.id))"),
        (0, "q = put(Line).on_conflict_do_update(index_elements=['id'], where=same)"),
        (0, "await self.save_thread(item.thread, context); await db.execute(ADD, item.id)"),
        (0, "log('on conflict do update'); await db.execute(ADD, merged(item))"),
    ],
)
def test_spelled(findings: Findings, count: int, line: str) -> None:
    files = {"app/store.py": STORE.replace("{line}", line), "app/sql.py": SQL}
    assert len(findings(items_added_once, files)) == count


def test_another_name_of_the_method(findings: Findings) -> None:
    head = STORE[: STORE.index("    async def add_thread_item")]
    store = f"{head}    add_thread_item = save_item\n"
    (finding,) = findings(items_added_once, {"app/store.py": store, "app/sql.py": SQL})
    assert (finding.severity, finding.where) == ("info", "app/store.py:9")


def test_quiet_where_drafts_are_saved(findings: Findings) -> None:
    store = STORE.replace("{line}", "await db.execute(UPSERT, item.id)")
    drafts = (
        "import chatkit\nasync def keep(store, item):\n    await store.save_item('t', item, None)\n"
    )
    files = {"app/store.py": store, "app/sql.py": SQL}
    assert findings(items_added_once, {**files, "tests/test_drafts.py": drafts})
    assert not findings(items_added_once, {**files, "app/drafts.py": drafts})
