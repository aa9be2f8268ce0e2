"""A page whose statement has no limit is told."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.storage.pages_bounded import pages_bounded
from tests.checks.rules.conftest import Findings

SOURCE = """\
from chatkit.store import Store
QUERY = "select * from items where thread_id = $1 limit $2"
class Notes(Store[dict]):
    async def load_thread_items(self, thread_id, after, limit, order, context):
        # limit
        {line}
    async def save_thread(self, thread, context):
        await self.pool.execute("insert into threads values ($1, $2)", thread.id, context["user"])
"""


@pytest.mark.parametrize(
    "line",
    [
        'return await self.pool.fetch("select * from items where thread_id = $1", thread_id)',
        'rows = await self.pool.fetch("select * from items where id = $1", thread_id)\n'
        "        return rows[:limit]",
        "return await self.pool.fetch('select data, \"limit\" from items where id = $1', 1)",
        "return await self.pool.fetch('select data, limit from items where id = $1', 1)",
        "rows = await self.pool.fetch('select data from items')\n        return rows[slice(limit)]",
        "rows = await self.pool.fetch('select data from items', name.limit('x'))",
    ],
)
def test_found(findings: Findings, line: str) -> None:
    (finding,) = findings(pages_bounded, {"app/store.py": SOURCE.replace("{line}", line)})
    assert finding.where == "app/store.py:4"


@pytest.mark.parametrize(
    "line",
    [
        'return await self.pool.fetch("select * from items where id = $1 limit $2", 1, limit)',
        "return await self.pool.fetch(QUERY, thread_id, limit)",
        "return await self.pool.fetch('select data from items limit least($1, 100)', limit)",
        "c = await self.pool.execute('select data from items')\n        return c.fetchmany(limit)",
        "return await self.pool.fetch(select(Item).limit(limit))",
        "return await self.rows(thread_id, limit)",
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    assert not findings(pages_bounded, {"app/store.py": SOURCE.replace("{line}", line)})


SPELLED = """\
import app.queries as queries
from app.queries import ITEMS, ITEMS_PAGE, page_of
from chatkit.store import Store
from sqlalchemy import select as choose
BASE = "select data from items where thread_id = $1"
class Paged:
    async def _rows(self, thread_id, limit):
        return await self.db.fetch(f"{{BASE}} limit $2", thread_id, limit)
class Sql(Paged, Store[dict]):
    PAGE = BASE + " order by position limit $2"
    async def load_thread_items(self, thread_id, after, limit, order, context):
        '''Reads `limit` items: select data from items limit 10.'''
{body}
"""
QUERIES = """\
ITEMS = "select data from items where thread_id = $1"
ITEMS_PAGE = ITEMS + " limit $2"
ALL = {"items": ITEMS, "page": ITEMS_PAGE}
async def page_of(db, thread_id, limit):
    return await db.fetch(ITEMS_PAGE, thread_id, limit)
"""
FILE = (
    "-- name: items\nselect data from items where thread_id = $1;\n"
    "-- name: items_page\nselect data from items where thread_id = $1 limit $2;\n"
)
NO_END = {
    "a constant of another module": "await db.fetch(ITEMS, thread_id)",
    "by its module": "await db.fetch(queries.ITEMS, thread_id)",
    "an f-string": 'await db.fetch(f"{BASE} order by position", thread_id)',
    "with a way": "way = 'desc' if order == 'desc' else 'asc'\n"
    'await db.fetch(f"{BASE} order by position {way}", thread_id)',
    "pieces": 'query = BASE\nquery += " order by position"\nawait db.fetch(query, thread_id)',
    "joined": 'await db.fetch(" ".join([BASE, "order by position"]), thread_id)',
    "a comment of SQL": 'await db.fetch("select data from items -- limit $2")',
    "another statement has one": 'await db.fetch("select 1 from threads limit 1")\n'
    "await db.fetch(ITEMS)",
    "a name of Python": "limit = limited(limit)\nawait db.fetch(ITEMS)",
    "SQLAlchemy": "rows = await session.execute(choose(Row).where(Row.thread_id == thread_id))",
    "query of SQLAlchemy": "rows = session.query(Row).all()",
    "a file of SQL": "await db.fetch(self.sql.items, thread_id)",
    "a dict": 'await db.fetch(queries.ALL["items"], thread_id)',
}
END = {
    "a constant of another module": "await db.fetch(ITEMS_PAGE, thread_id, limit)",
    "a class attribute": "await db.fetch(self.PAGE, thread_id, limit)",
    "an f-string": 'await db.fetch(f"{BASE} limit $2", thread_id)',
    "pieces": 'query = BASE\nquery += " limit $2"\nawait db.fetch(query, thread_id)',
    "a list": 'parts = ["select data from items"]\nparts.append("limit $2")\n'
    'await db.fetch(" ".join(parts))',
    "joined": 'await db.fetch(" ".join([BASE, "limit $2"]), thread_id)',
    "where it may be": 'await db.fetch(f"{BASE} {end}", thread_id)',
    "a number": 'await db.fetch(f"{BASE} limit {limit + 1}", thread_id)',
    "the standard": 'await db.fetch(BASE + " fetch first $2 rows only", thread_id)',
    "a method of a base class": "await self._rows(thread_id, limit)",
    "a helper of another module": "await page_of(db, thread_id, limit)",
    "a helper by its module": "await queries.page_of(db, thread_id, limit)",
    "SQLAlchemy": "rows = choose(Row).where(Row.thread_id == thread_id)\nrows = rows.limit(limit)",
    "a function inside": "def read(session):\n    return session.query(Row).limit(limit).all()\n"
    "await self.run(read)",
    "a file of SQL": "await db.fetch(self.sql.items_page, thread_id)",
    "a dict": 'await db.fetch(queries.ALL["page"], thread_id)',
    "no database": "return self.rows[:limit]",
}


def spelled(body: str) -> dict[str, str]:
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    store = SPELLED.format(body=lines)
    return {"app/store.py": store, "app/queries.py": QUERIES, "app/items.sql": FILE}


@pytest.mark.parametrize("name", NO_END)
def test_no_end_in_whatever_way(findings: Findings, name: str) -> None:
    (finding,) = findings(pages_bounded, spelled(NO_END[name]))
    assert finding.where == "app/store.py:11"


@pytest.mark.parametrize("name", END)
def test_an_end_in_whatever_way(findings: Findings, name: str) -> None:
    assert not findings(pages_bounded, spelled(END[name]))
