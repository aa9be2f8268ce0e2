"""An order by time alone is found; with a second column, or a sequence, it is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.storage.items_ordered_by_sequence import items_ordered_by_sequence

Findings = Callable[..., list[Finding]]
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
