"""A store in memory is told as an info; a cache of something else is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.storage.conversations_kept import conversations_kept

Findings = Callable[..., list[Finding]]
STORE = """\
from chatkit.store import Store
class Memory(Store[dict]):
    def __init__(self):
        {line}
"""


@pytest.mark.parametrize(
    "line", ["self.threads = {}", "self.items: dict[str, list] = defaultdict(list)"]
)
def test_found(findings: Findings, line: str) -> None:
    (finding,) = findings(conversations_kept, {"app/store.py": STORE.replace("{line}", line)})
    assert (finding.where, finding.severity) == ("app/store.py:4", "info")


@pytest.mark.parametrize("line", ["self.locks = {}", "self.threads = Table('threads')"])
def test_quiet(findings: Findings, line: str) -> None:
    assert not findings(conversations_kept, {"app/store.py": STORE.replace("{line}", line)})


OTHER = """
class Other({base}):
    async def load_thread(self, thread_id, context):
        return await self.pool.fetchrow("select 1")
"""


@pytest.mark.parametrize(
    ("base", "memory", "count"),
    [("Store[dict]", "Store[dict]", 0), ("Store[dict]", "Other", 1)],
)
def test_beside_another_store(findings: Findings, base: str, memory: str, count: int) -> None:
    store = STORE.replace("{line}", "self.threads = {}").replace("Store[dict]", memory)
    store += OTHER.format(base=base)
    assert len(findings(conversations_kept, {"app/store.py": store})) == count
