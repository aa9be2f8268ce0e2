"""A cache by the thread alone is told; one with the user in its key, or that asks, is fine."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.storage.caches_of_their_users import caches_of_their_users
from tests.checks.rules.conftest import STORE, Findings


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
    found = findings(caches_of_their_users, {"app/store.py": STORE.replace("{line}", line)})
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
    assert not findings(caches_of_their_users, {"app/store.py": STORE.replace("{line}", line)})


SPELLED = """\
import functools
from cachetools import TTLCache as Kept
from chatkit.store import Store
from app import memory
from app.memory import THREADS, Memory, key_of, kept_of
HERE = Kept(100, 60)
class Sql(Store[dict]):
    OF_CLASS = {}
    def __init__(self, pool):
        self.pool, self.kept, self.memory = pool, {}, Memory()
    def _kept(self, key):
        return self.kept.get(key)
    def _key(self, thread_id, context):
        return (context["user"], thread_id)
    async def _own(self, thread_id, context):
        await self.pool.fetch("select 1 from threads where id = $1", thread_id)
    @functools.lru_cache
    def _cached(self, thread_id):
        return self.pool.now(thread_id)
    async def load_thread(self, thread_id, context):
        # context["user"]
{body}
    async def save_thread(self, thread, context):
        await self.pool.execute("insert into threads values ($1, $2)", thread.id, context["user"])
"""
MEMORY = """\
THREADS = {}
class Memory:
    def __init__(self):
        self.rows = {}
    def find(self, key):
        return self.rows.get(key)
def key_of(thread_id):
    return f"thread:{thread_id}"
def kept_of(thread_id):
    return THREADS.get(thread_id)
"""
SHARED = {
    "of a package": "return HERE.get(thread_id)",
    "of the class": "return self.OF_CLASS[thread_id]",
    "of another module": "return THREADS[thread_id]",
    "by its module": "return memory.THREADS.get(thread_id)",
    "by a name for it": "kept = self.kept\nreturn kept.get(thread_id)",
    "by a name for the key": "key = f'thread:{thread_id}'\nreturn HERE[key]",
    "by a helper for the key": "return HERE[key_of(thread_id)]",
    "a method": "return self._kept(thread_id)",
    "a function of another module": "return kept_of(thread_id)",
    "a class of another module": "return self.memory.find(thread_id)",
    "walrus": "if (found := self.kept.get(thread_id)) is not None:\n    return found",
    "made into something": "row = HERE.get(thread_id)\nif row:\n    return ThreadMetadata(**row)",
    "a decorator": "return self._cached(thread_id)",
    "before a query of the user": "if (found := HERE.get(thread_id)) is not None:\n"
    "    return found\nrow = await self.pool.fetch('select 1 from threads', context['user'])\n"
    "if row is None:\n    raise LookupError\nreturn row",
    "a user that is not asked": "user = context['user']\nlog.info('for %s', 1)\nreturn HERE[thread_id]",
}
OF_ITS_USER = {
    "a method for the key": "return HERE[self._key(thread_id, context)]",
    "a pair": "key = context['user'], thread_id\nreturn HERE.get(key)",
    "inside of the user's": "return HERE[context['user']][thread_id]",
    "asked before": "await self._own(thread_id, context)\nreturn HERE[thread_id]",
    "compared": "row = HERE.get(thread_id)\nif row and row.user == context['user']:\n    return row",
    "another id": "key = HERE.get(thread_id)\nrows = self.session.execute(QUERY, {'id': key})\n"
    "return rows.one()",
    "for this call": "kept = {}\nreturn kept.get(thread_id)",
    "pools": "return await HERE[key_of(thread_id)].fetch('select 1 from threads', context)",
    "a number": "HERE[thread_id] = 1\nreturn await self.pool.fetch('select 1 from threads')",
}


def spelled(body: str) -> dict[str, str]:
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    return {"app/store.py": SPELLED.replace("{body}\n", lines), "app/memory.py": MEMORY}


@pytest.mark.parametrize("name", SHARED)
def test_a_shared_cache_in_whatever_way(findings: Findings, name: str) -> None:
    assert len(findings(caches_of_their_users, spelled(SHARED[name]))) == 1


@pytest.mark.parametrize("name", OF_ITS_USER)
def test_what_is_of_its_user(findings: Findings, name: str) -> None:
    assert not findings(caches_of_their_users, spelled(OF_ITS_USER[name]))


def test_a_store_that_each_request_makes(findings: Findings) -> None:
    files = spelled("return self.kept.get(thread_id)")
    main = """\
from chatkit.server import ChatKitServer
from fastapi import FastAPI
from app.store import Sql
app = FastAPI()
@app.post("/chatkit")
async def chatkit(request):
    return await ChatKitServer(Sql(pool)).process(await request.body(), {})
"""
    assert not findings(caches_of_their_users, {**files, "app/main.py": main})
