"""A thread that is kept as it is given is found where a title is set in a turn."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.storage.threads_saved_without_items import (
    threads_saved_without_items,
)

Findings = Callable[..., list[Finding]]
SERVER = """\
from chatkit.server import ChatKitServer
from chatkit.store import Store
class Server(ChatKitServer[dict]):
    async def {method}(self, thread, item, context):
        thread.title = "t"
        yield item
class Memory(Store[dict]):
    async def save_thread(self, thread, context):
        {line}
"""
KEPT = "self.threads[thread.id] = thread"


def test_found(findings: Findings) -> None:
    server = SERVER.format(method="respond", line=KEPT)
    (finding,) = findings(threads_saved_without_items, {"app/server.py": server})
    assert finding.where == "app/server.py:9"
    assert "app/server.py:5" in finding.evidence


@pytest.mark.parametrize(
    ("method", "line"),
    [
        ("action", KEPT),
        ("respond", 'self.threads[thread.id] = thread.model_copy(update={"items": None})'),
        ("respond", 'thread = thread.model_dump(exclude={"items"}); self.t[thread.id] = thread'),
    ],
)
def test_quiet(findings: Findings, method: str, line: str) -> None:
    server = SERVER.replace("{method}", method).replace("{line}", line)
    assert not findings(threads_saved_without_items, {"app/server.py": server})


def test_quiet_where_the_title_is_never_reached(findings: Findings) -> None:
    server = SERVER.format(method="respond", line=KEPT)
    early = server.replace("        thread.title", "        return\n        thread.title")
    late = server.replace(
        "        thread.title", "        if not item: return\n        thread.title"
    )
    assert not findings(threads_saved_without_items, {"app/server.py": early})
    assert findings(threads_saved_without_items, {"app/server.py": late})
