"""Ids and texts in the text of a statement are told; names of tables and constants are fine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.storage.sql_parameterised import sql_parameterised

Findings = Callable[..., list[Finding]]

SOURCE = """\
from collections import defaultdict
from chatkit.store import Store
CACHE = {}
KEPT = defaultdict(dict)
TABLE = "threads"
class Notes(Store[dict]):
    def __init__(self, pool, schema):
        self.pool, self.schema, self.kept = pool, schema, {}
    async def load_thread(self, thread_id, context):
        # select * from threads where id = {thread_id}
        {line}
    async def save_thread(self, thread, context):
        await self.pool.execute("insert into threads values ($1, $2)", thread.id, context["user"])
"""


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
    found = findings(sql_parameterised, {"app/store.py": SOURCE.replace("{line}", line)})
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
    assert not findings(sql_parameterised, {"app/store.py": SOURCE.replace("{line}", line)})
