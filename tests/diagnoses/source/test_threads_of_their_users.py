"""A store that never looks at its context is found; one that does, or delegates, is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.diagnoses.source.threads_of_their_users import threads_of_their_users
from chatkit_agent.findings import Finding

Findings = Callable[..., list[Finding]]
STORE = """\
from chatkit.store import Store
class Memory(Store[dict]):
    async def load_thread(self, thread_id, context):
        return {one}
    async def load_threads(self, limit, after, order, context):
        return {many}
"""


def test_found(findings: Findings) -> None:
    store = STORE.format(one="self.threads[thread_id]", many="list(self.threads)[:limit]")
    (finding,) = findings(threads_of_their_users, {"app/store.py": store})
    assert finding.where == "app/store.py:5"


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ('self.of(context["user"])[thread_id]', 'self.of(context["user"])'),
        ("await self.inner.load_thread(thread_id, context)", "[]"),
        ("raise_(NotImplementedError)", "raise_(NotImplementedError)"),
    ],
)
def test_quiet(findings: Findings, one: str, many: str) -> None:
    assert not findings(threads_of_their_users, {"app/store.py": STORE.format(one=one, many=many)})
