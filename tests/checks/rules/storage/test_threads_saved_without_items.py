"""A thread that is kept as it is given is found where a title is set in a turn."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.storage.threads_saved_without_items import (
    threads_saved_without_items,
)
from tests.checks.rules.conftest import Findings

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


SPELLED = """\
from copy import deepcopy as copied
from chatkit.server import ChatKitServer
from chatkit.store import Store
from chatkit.types import ThreadMetadata
LEFT_OUT = {"items"}
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        await self._name(thread, item)
        yield item
    async def _name(self, talk, item):
        {title}
class Memory(Store[dict]):
    async def save_thread(self, given, context):
        {line}
    def _put(self, key, value):
        self.kept[key] = value
"""
TITLE = 'talk.title = "t"'


@pytest.mark.parametrize(
    ("count", "line"),
    [
        (1, "self.kept[given.id] = given"),
        (1, "self.kept[given.id] = given.model_copy(deep=True)"),
        (1, "mine = copied(given); self.kept[given.id] = mine"),
        (1, "self.kept.update({given.id: given})"),
        (1, "self.kept[given.id] = given  # without items"),
        (1, "log('items'); self.kept[given.id] = given"),
        (1, "self._put(given.id, given)"),
        (0, "self.kept[given.id] = ThreadMetadata(**given.model_dump(exclude=LEFT_OUT))"),
        (0, "self.kept[given.id] = given.model_copy(update=dict(items=None))"),
        (0, "given = bare(given); self.kept[given.id] = given"),
        (0, "self._put(given.id, ThreadMetadata(id=given.id))"),
        (0, "given.items = None; self.kept[given.id] = given"),
    ],
)
def test_spelled(findings: Findings, count: int, line: str) -> None:
    server = SPELLED.replace("{title}", TITLE).replace("{line}", line)
    assert len(findings(threads_saved_without_items, {"app/server.py": server})) == count


@pytest.mark.parametrize(
    ("count", "title"),
    [
        (1, "talk.title = item.title"),
        (1, "setattr(talk, 'title', 't')"),
        (1, "self.run.context.thread.title = 't'"),
        (0, "pass  # thread.title = 1"),
        (0, "page.title = 't'"),
        (0, "log(talk.title)"),
    ],
)
def test_what_sets_a_title(findings: Findings, count: int, title: str) -> None:
    server = SPELLED.replace("{title}", title).replace("{line}", "self.kept[given.id] = given")
    assert len(findings(threads_saved_without_items, {"app/server.py": server})) == count
