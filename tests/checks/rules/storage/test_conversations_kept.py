"""A store in memory is told as an info; a cache of something else is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.storage.conversations_kept import conversations_kept
from tests.checks.rules.conftest import Findings

STORE = """\
import collections, json
from collections import defaultdict as made
from chatkit.store import Store
THREADS = {}
class Memory(Store[dict]):
    KNOWN = {}
    def __init__(self):
        {begin}
    async def save_thread(self, thread, context):
        {line}
    def _of(self, thread_id):
        return self.data.setdefault(thread_id, [])
"""
KEPT = "self.data[thread.id] = thread"


def store(line: str = KEPT, begin: str = "self.data = {}") -> str:
    return STORE.replace("{line}", line).replace("{begin}", begin)


@pytest.mark.parametrize(
    ("line", "begin", "where"),
    [
        (KEPT, "self.data = {}", 8),
        (KEPT, "self.data: dict[str, list] = made(list)", 8),
        (KEPT, "self.data = collections.OrderedDict()", 8),
        ("self.data.update({thread.id: thread})", "self.data = dict()", 8),
        ("self._of(thread.id).append(thread)", "self.data = {}", 8),
        ("THREADS[thread.id] = thread", "pass", 4),
        ("self.KNOWN[thread.id] = thread", "pass", 6),
    ],
)
def test_found(findings: Findings, line: str, begin: str, where: int) -> None:
    (finding,) = findings(conversations_kept, {"app/store.py": store(line, begin)})
    assert (finding.where, finding.severity) == (f"app/store.py:{where}", "info")


@pytest.mark.parametrize(
    ("line", "begin"),
    [
        ("await self.db.execute('x', thread.id)", "self.locks = {}; self.threads = {}"),
        (KEPT, "self.data = Table('threads')"),
        (f"{KEPT}; await self.db.execute('x', thread.id)", "self.data = {}"),
        (f"{KEPT}; self.path.write_text(json.dumps(self.data))", "self.data = {}"),
        (f"{KEPT}; await self.inner.save_thread(thread, context)", "self.data = {}"),
        ("data = {}; data[thread.id] = thread; send(data)", "self.items = {}"),
    ],
)
def test_quiet(findings: Findings, line: str, begin: str) -> None:
    assert not findings(conversations_kept, {"app/store.py": store(line, begin)})


def test_quiet_in_tests(findings: Findings) -> None:
    assert not findings(conversations_kept, {"tests/store.py": store()})


OTHER = """
class Other({base}):
    async def save_thread(self, thread, context):
        return await self.pool.fetchrow("select 1")
"""


@pytest.mark.parametrize(
    ("base", "memory", "count"),
    [("Store[dict]", "Store[dict]", 0), ("Store[dict]", "Other", 1)],
)
def test_beside_another_store(findings: Findings, base: str, memory: str, count: int) -> None:
    text = store().replace("Store[dict]", memory) + OTHER.format(base=base)
    assert len(findings(conversations_kept, {"app/store.py": text})) == count
