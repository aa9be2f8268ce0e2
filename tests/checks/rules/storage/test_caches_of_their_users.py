"""A cache by the thread alone is told; one with the user in its key, or that asks, is fine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.storage.caches_of_their_users import caches_of_their_users

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
        "return CACHE[thread_id]",
        'if thread_id in CACHE:\n            return CACHE[thread_id]\n        return await self.pool.fetch("select 1 from threads where id = $1", thread_id)',
        "return self.kept.get(thread_id)",
        "found = CACHE.get(thread_id)\n        return found",
    ],
)
def test_found(findings: Findings, line: str) -> None:
    found = findings(caches_of_their_users, {"app/store.py": SOURCE.replace("{line}", line)})
    assert len(found) == 1
    assert found[0].where.startswith("app/store.py:")


@pytest.mark.parametrize(
    "line",
    [
        'return CACHE[(context["user"], thread_id)]',
        "return self.kept.get(f\"{context['user']}:{thread_id}\")",
        'found = CACHE.get(thread_id)\n        if found.owner != context["user"]:\n            raise LookupError\n        return found',
        "own = {}\n        return own.get(thread_id)",
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    assert not findings(caches_of_their_users, {"app/store.py": SOURCE.replace("{line}", line)})
