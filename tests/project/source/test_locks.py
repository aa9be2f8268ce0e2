"""What takes a lock for a thread, or for everybody while it answers, holds one; a look does not."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.locks import holds_lock
from tests.project.source.conftest import Project

SOURCE = """\
import asyncio
import threading as th
from asyncio import Lock as L
from collections import defaultdict
from chatkit.server import ChatKitServer
LOCK = asyncio.Lock()
LOCKS = defaultdict(asyncio.Lock)
KEPT = {{}}
TEXTS = {{}}
running = set()
def lock_of(key):
    return KEPT.setdefault(key, asyncio.Lock())
class Server(ChatKitServer[dict]):
    def __init__(self):
        self.locks = {{}}
        self.lock = L()
    async def respond(self, thread, item, context):
{body}
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("async with LOCKS[thread.id]:\n    pass", True),
        ("async with LOCK:\n    yield item", True),
        ("async with self.lock:\n    yield item", True),
        ("lock = LOCKS[thread.id]\nasync with lock:\n    yield item", True),
        ("async with lock_of(thread.id):\n    pass", True),
        ("with th.Lock():\n    yield item", True),
        ("await LOCKS[thread.id].acquire()", True),
        ("await stack.enter_async_context(lock_of(thread.id))", True),
        ("self.locks[thread.id] = L()\nasync with self.locks[thread.id]:\n    yield item", True),
        ("async with redis.lock(thread.id):\n    yield item", True),
        ("await redis.set(thread.id, 1, nx=True)", True),
        ("await redis.setnx(thread.id, 1)", True),
        ("if thread.id in running:\n    raise E\nrunning.add(thread.id)", True),
        ("async with LOCK:\n    pass", False),
        ("async with TEXTS[thread.id]:\n    yield item", False),
        ("async with self.store.session():\n    yield item", False),
        ("await redis.set(thread.id, 1)", False),
        ("seen = set()\nif thread.id in seen:\n    raise E\nseen.add(thread.id)", False),
        ("if thread.id in running:\n    raise E", False),
        ("pass  # async with LOCKS[thread.id]:", False),
    ],
)
def test_holds_lock(project: Project, body: str, expected: bool) -> None:
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    chat = Anatomy(project({"main.py": SOURCE.format(body=lines)}))
    (respond,) = chat.responders
    assert holds_lock(chat, respond) == expected
