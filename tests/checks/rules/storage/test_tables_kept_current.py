"""Tables that are skipped with their schema are found; what is made each time is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.storage.tables_kept_current import tables_kept_current
from tests.checks.rules.conftest import Findings

STORE = """\
from chatkit.store import Store
class S(Store[dict]):
    async def make(self):
        there = await db.fetchval("{asked}")
        {then}
        await db.execute("create table if not exists chat.threads (id text)")
"""
ASKED = "select exists (select from information_schema.schemata where schema_name = 'chat')"


def test_found(findings: Findings) -> None:
    store = STORE.format(asked=ASKED, then="if there:\n            return")
    (finding,) = findings(tables_kept_current, {"app/store.py": store})
    assert finding.where == "app/store.py:4"


@pytest.mark.parametrize(
    ("asked", "then"),
    [
        (ASKED, "logger.info(there)"),
        ("select 1 from settings where on_demand", "if there:\n            return"),
    ],
)
def test_quiet(findings: Findings, asked: str, then: str) -> None:
    store = STORE.format(asked=asked, then=then)
    assert not findings(tables_kept_current, {"app/store.py": store})
