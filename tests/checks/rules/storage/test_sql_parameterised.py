"""Ids and texts in the text of a statement are told; names of tables and constants are fine."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.storage.sql_parameterised import sql_parameterised
from tests.checks.rules.conftest import STORE, Findings


@pytest.mark.parametrize(
    "line",
    [
        "return await self.pool.fetch(f\"select * from threads where id = '{thread_id}'\")",
        "return await self.pool.fetch(\"select * from threads where id = '%s'\" % thread_id)",
        'return await self.pool.fetch("select * from threads where id = \'" + thread_id + "\'")',
        "return await self.pool.fetch(\"select * from threads where id = '{}'\".format(thread_id))",
        'user = context["user"]; return await self.pool.fetch(f"select * from threads where owner = \'{user}\'")',
    ],
)
def test_found(findings: Findings, line: str) -> None:
    found = findings(sql_parameterised, {"app/store.py": STORE.replace("{line}", line)})
    assert len(found) == 1
    assert found[0].where.startswith("app/store.py:")


@pytest.mark.parametrize(
    "line",
    [
        'return await self.pool.fetch("select * from threads where id = $1", thread_id)',
        'return await self.pool.fetch(f"select * from {self.schema}.threads where id = $1", thread_id)',
        'return await self.pool.fetch(f"select * from {TABLE} where id = $1", thread_id)',
        'raise LookupError(f"there is no thread {thread_id}")',
        'log.info(f"select thread {thread_id}")',
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    assert not findings(sql_parameterised, {"app/store.py": STORE.replace("{line}", line)})


SPELLED = """\
import re
from chatkit.store import Store
from sqlalchemy import text as said
from app.queries import BASE, direction, items_of, quoted
ORDERS = {"asc": "asc", "desc": "desc"}
COLUMNS = ("id", "data")
class Sql(Store[dict]):
    def __init__(self, pool, schema, table_prefix):
        self.pool, self.schema, self.threads = pool, schema, f"{table_prefix}_threads"
    async def load_thread_items(self, thread_id, after, limit, order, context):
        'select * from items where id = {thread_id}'
{body}
    async def _rows(self, table, column, value):
        return await self.pool.fetch(f"select * from {table} where {column} = $1", value)
    async def _where(self, condition):
        return await self.pool.fetch(f"select * from items where {condition}")
"""
QUERIES = """\
BASE = "select * from items"
def direction(order):
    return "desc" if order == "desc" else "asc"
def quoted(value):
    return f"'{value}'"
async def items_of(pool, thread):
    return await pool.fetch(f"{BASE} where thread_id = '{thread}'")
"""
OPEN = {
    "a constant before": "await db.fetch(f\"{BASE} where id = '{thread_id}'\")",
    "joined": 'await db.fetch(BASE + " where id = \'" + thread_id + "\'")',
    "a name": "query = f\"select * from items where id = '{thread_id}'\"\nawait db.fetch(query)",
    "a name of the value": "key = thread_id.strip()\nawait db.fetch(f\"{BASE} where id = '{key}'\")",
    "by %s": "await db.fetch(\"select * from items where id = '%s'\" % (thread_id,))",
    "by format": "await db.fetch(\"select * from items where id = '{t}'\".format(t=thread_id))",
    "behind": 'query = BASE\nquery = "select * from items"\nquery += f" where id = \'{thread_id}\'"',
    "a list of conditions": 'parts = ["select * from items"]\n'
    "parts.append(f\"where id = '{thread_id}'\")",
    "a condition": 'where = f"id = \'{thread_id}\'"\nawait db.fetch(f"{BASE} where {where}")',
    "of the context": 'who = context["user"]\nawait db.fetch(f"{BASE} where owner = \'{who}\'")',
    "of SQLAlchemy": "await db.execute(said(f\"select * from items where id = '{thread_id}'\"))",
    "a helper that quotes": 'await db.fetch(f"{BASE} where id = {quoted(thread_id)}")',
    "a helper of another module": "await items_of(self.pool, thread_id)",
    "a helper that is given a condition": "await self._where(f\"id = '{thread_id}'\")",
    "a list of ids": 'ids = ", ".join(f"\'{each}\'" for each in after)\n'
    'await db.fetch(f"{BASE} where id in ({ids})")',
    "a constant that is a name in capitals": "KEY = thread_id\nawait db.fetch(f\"{BASE} where id = '{KEY}'\")",
    "a table of the client": 'await db.fetch(f"select * from {thread_id}")',
    "chosen": "await db.fetch(f\"{BASE} where id = '{thread_id if after else 1}'\")",
}
CLOSED = {
    "placeholders": 'await db.fetch(f"{BASE} where id = $1", thread_id)',
    "a schema": 'await db.fetch(f"select * from {self.schema}.items where id = $1", thread_id)',
    "a table of its own": 'await db.fetch(f"select * from {self.threads} where id = $1", thread_id)',
    "a way": 'way = "desc" if order == "desc" else "asc"\n'
    'await db.fetch(f"{BASE} order by position {way}")',
    "a way by a table": 'await db.fetch(f"{BASE} order by position {ORDERS[order]}")',
    "a way by get": 'await db.fetch(f"{BASE} order by position {ORDERS.get(order)}")',
    "a way by a helper": 'await db.fetch(f"{BASE} order by position {direction(order)}")',
    "the order": 'await db.fetch(f"{BASE} order by position {order}")',
    "a number": 'await db.fetch(f"{BASE} limit {limit + 1}")',
    "a number of a text": 'await db.fetch(f"{BASE} offset {int(after)}")',
    "a list of placeholders": 'marks = ", ".join(f"${n}" for n in range(1, len(after) + 1))\n'
    'await db.fetch(f"{BASE} where id in ({marks})", *after)',
    "marks": 'marks = ",".join(["?"] * len(after))\nawait db.fetch(f"{BASE} where id in ({marks})")',
    "enumerated": 'marks = ",".join(f"${n}" for n, _ in enumerate(after))\n'
    'await db.fetch(f"{BASE} where id in ({marks})")',
    "a helper with names of its own": 'await self._rows("items", "id", thread_id)',
    "conditions": 'more = " and id > $2" if after else ""\nawait db.fetch(f"{BASE} where 1=1{more}")',
    "columns": "await db.fetch(f\"select {', '.join(COLUMNS)} from items where id = $1\", thread_id)",
    "what was checked": 'if not re.fullmatch(r"\\w+", thread_id):\n    raise ValueError\n'
    "await db.fetch(f\"{BASE} where id = '{thread_id}'\")",
    "what is of a list": "if after not in COLUMNS:\n    raise ValueError\n"
    'await db.fetch(f"{BASE} order by {after}")',
    "a log": 'log.info(f"select {thread_id} from memory")',
    "an f-string that says nothing else": 'await db.fetch(f"select * from items")',
}


def spelled(body: str) -> dict[str, str]:
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    return {"app/store.py": SPELLED.replace("{body}\n", lines), "app/queries.py": QUERIES}


@pytest.mark.parametrize("name", OPEN)
def test_a_value_in_a_statement_in_whatever_way(findings: Findings, name: str) -> None:
    assert len(findings(sql_parameterised, spelled(OPEN[name]))) == 1


@pytest.mark.parametrize("name", CLOSED)
def test_what_is_of_the_program(findings: Findings, name: str) -> None:
    assert not findings(sql_parameterised, spelled(CLOSED[name]))
