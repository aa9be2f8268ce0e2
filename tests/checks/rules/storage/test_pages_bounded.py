"""A page whose statement has no limit is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.storage.pages_bounded import pages_bounded

Findings = Callable[..., list[Finding]]

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
        "return await self.pool.fetch(select(Item).limit(limit))",
        "return await self.rows(thread_id, limit)",
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    assert not findings(pages_bounded, {"app/store.py": SOURCE.replace("{line}", line)})
