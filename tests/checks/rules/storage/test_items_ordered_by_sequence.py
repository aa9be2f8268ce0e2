"""An order by time alone is found; with a second column, or a sequence, it is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.storage.items_ordered_by_sequence import items_ordered_by_sequence
from tests.checks.rules.conftest import Findings

STORE = """\
from chatkit.store import Store
class S(Store[dict]):
    async def load_thread_items(self, thread_id, after, limit, order, context):
        return await db.fetch(f"select data from items where thread_id = $1 {clause}")
"""


@pytest.mark.parametrize(
    "clause",
    [
        "order by created_at",
        "ORDER BY created_at {order} LIMIT 20",
        "order by i.created_at desc limit $2",
    ],
)
def test_found(findings: Findings, clause: str) -> None:
    store = STORE.replace("{clause}", clause)
    (finding,) = findings(items_ordered_by_sequence, {"app/store.py": store})
    assert finding.where == "app/store.py:4"


@pytest.mark.parametrize(
    "clause", ["order by position", "order by created_at, id", "order by created_at desc, id desc"]
)
def test_quiet(findings: Findings, clause: str) -> None:
    store = STORE.replace("{clause}", clause)
    assert not findings(items_ordered_by_sequence, {"app/store.py": store})


def test_found_in_a_constant_beside(findings: Findings) -> None:
    store = (
        'PAGE = "select data from items where thread_id = $1 order by created_at {order}"\n'
        "from chatkit.store import Store\n"
        "class S(Store[dict]):\n"
        "    async def load_thread_items(self, thread_id, after, limit, order, context):\n"
        "        return await db.fetch(PAGE.replace('{order}', order))\n"
    )
    (finding,) = findings(items_ordered_by_sequence, {"app/store.py": store})
    assert finding.where == "app/store.py:1"


CURSOR = """\
from chatkit.store import Store
class S(Store[dict]):
    async def load_thread_items(self, thread_id, after, limit, order, context):
        {clause}
        return await db.fetch("select data from items where thread_id = $1 order by created_at")
    async def load_threads(self, limit, after, order, context):
        return await db.fetch("select data from threads where u = $1 order by updated_at desc")
"""


@pytest.mark.parametrize(
    ("clause", "evidence", "places"),
    [
        ("newer = f'and created_at {sign} :after'", "and the cursor is that time", 1),
        ("newer = 'and id > :after'", "`created_at` alone.", 0),
    ],
)
def test_what_the_cursor_is(findings: Findings, clause: str, evidence: str, places: int) -> None:
    store = CURSOR.replace("{clause}", clause)
    (finding,) = findings(items_ordered_by_sequence, {"app/store.py": store})
    assert evidence in finding.evidence
    assert len(finding.more) == places


BY = """\
from chatkit.store import Store
from sqlalchemy import select
class S(Store[dict]):
    async def load_thread_items(self, thread_id, after, limit, order, context):
        by = {by}
        return await session.scalars(select(Item).order_by(by).limit(limit))
"""


@pytest.mark.parametrize(
    ("by", "count"),
    [
        ("Item.created_at.desc() if order == 'desc' else Item.created_at", 1),
        ("Item.seq.desc() if order == 'desc' else Item.seq", 0),
    ],
)
def test_a_name_for_the_order(findings: Findings, by: str, count: int) -> None:
    files = {"app/store.py": BY.format(by=by)}
    assert len(findings(items_ordered_by_sequence, files)) == count


SPELLED = """\
import sqlalchemy as sa
from chatkit.store import Store
from sqlalchemy import desc as down, select
from app import queries
from app.queries import BY_TIME, PAGE, rows_of, sorted_rows
BASE = "select data from items where thread_id = $1"
class Item(Base):
    created_at = sa.Column(sa.DateTime)
    seq = sa.Column(sa.Integer, sa.Identity())
class S(Store[dict]):
    LATEST = BASE + " order by created_at desc"
    async def load_thread_items(self, thread_id, after, limit, order, context):
        # order by created_at
        way = "desc" if order == "desc" else "asc"
{body}
"""
QUERIES = """\
PAGE = "select data from items where thread_id = $1 order by created_at limit $2"
BY_TIME = "order by created_at"
async def rows_of(db, thread_id):
    return await db.fetch(PAGE, thread_id)
def sorted_rows(statement):
    return statement.order_by(Item.created_at)
"""
BY_TIME = {
    "put together": "await db.fetch(BASE + ' order by created_at')",
    "a constant behind": "await db.fetch(f'{BASE} {BY_TIME} limit 20', thread_id)",
    "joined": "await db.fetch(' '.join([BASE, BY_TIME]))",
    "pieces": "query = BASE\nquery += f' order by created_at {way}'\nawait db.fetch(query)",
    "of another module": "await db.fetch(PAGE, thread_id)",
    "a helper of another module": "await rows_of(db, thread_id)",
    "a class attribute": "await db.fetch(self.LATEST, thread_id)",
    "in JSON": "await db.fetch(f\"{BASE} order by (data->>'created_at')::timestamptz\")",
    "another name": "await db.fetch(BASE + ' order by items.sent_at desc nulls last')",
    "SQLAlchemy": "await db.scalars(select(Item).order_by(Item.created_at))",
    "desc of SQLAlchemy": "await db.scalars(select(Item).order_by(down(Item.created_at)))",
    "desc by its module": "await db.scalars(select(Item).order_by(sa.desc(Item.created_at)))",
    "text of SQLAlchemy": "await db.scalars(select(Item).order_by(sa.text('created_at desc')))",
    "a helper of SQLAlchemy": "await db.scalars(sorted_rows(select(Item)))",
}
BY_MORE = {
    "a sequence": "await db.fetch(BASE + ' order by position')",
    "a tie": "await db.fetch(f'{BASE} order by created_at {way}, id {way}')",
    "a tie in capitals": 'await db.fetch(BASE + \' ORDER BY "created_at" DESC, "id" DESC\')',
    "a comment of SQL": "await db.fetch(BASE + ' order by position -- order by created_at')",
    "a text": "log.info('order by created_at')\nawait db.fetch(BASE + ' order by position')",
    "SQLAlchemy": "await db.scalars(select(Item).order_by(Item.created_at, Item.id))",
    "SQLAlchemy, one after the other": "await db.scalars(select(Item).order_by(Item.created_at)"
    ".order_by(Item.id))",
    "a number": "await db.scalars(select(Item).order_by(Item.seq.desc()))",
    "what only running tells": "await db.fetch(f'{BASE} order by {column()}')",
}


def spelled(body: str) -> dict[str, str]:
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    store = SPELLED.replace("{body}\n", lines)
    if "LATEST" not in body:
        store = store.replace('    LATEST = BASE + " order by created_at desc"\n', "")
    return {"app/store.py": store, "app/queries.py": QUERIES}


@pytest.mark.parametrize("name", BY_TIME)
def test_by_time_in_whatever_way(findings: Findings, name: str) -> None:
    assert len(findings(items_ordered_by_sequence, spelled(BY_TIME[name]))) == 1


@pytest.mark.parametrize("name", BY_MORE)
def test_by_more_than_time(findings: Findings, name: str) -> None:
    assert not findings(items_ordered_by_sequence, spelled(BY_MORE[name]))
