"""A store in memory is remarked on; a cache of something else is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.diagnoses.source.conversations_kept import conversations_kept
from chatkit_agent.findings import Finding

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
