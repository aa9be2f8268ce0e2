"""A session that is held for the whole answer is found through any dependency."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.storage.session_given_back import session_given_back
from tests.checks.rules.conftest import Findings

MAIN = """\
from chatkit.server import StreamingResult
from fastapi import Depends, FastAPI
from app.db import get_session, get_user
app = FastAPI()
@app.post("/chatkit")
async def chatkit(request, given=Depends({given})):
    return await server.process(await request.body(), given)
"""
DB = """\
from fastapi import Depends
async def get_session():
    async with make() as session:
        yield session
async def get_user(session=Depends({inner})):
    return session
"""


@pytest.mark.parametrize("given", ["get_session", "get_user"])
def test_found(findings: Findings, given: str) -> None:
    files = {"app/main.py": MAIN.format(given=given), "app/db.py": DB.format(inner="get_session")}
    (finding,) = findings(session_given_back, files)
    assert finding.where == "app/db.py:2"


@pytest.mark.parametrize(
    ("given", "inner"),
    [
        ('get_session, scope="function"', "get_session"),
        ("get_user", 'get_session, scope="function"'),
        ("get_user", "other"),
    ],
)
def test_quiet(findings: Findings, given: str, inner: str) -> None:
    files = {"app/main.py": MAIN.format(given=given), "app/db.py": DB.format(inner=inner)}
    assert not findings(session_given_back, files)


def test_the_place_in_a_file_that_has_nothing_of_the_chat(findings: Findings) -> None:
    files = {
        "app/main.py": MAIN.format(given="get_user"),
        "app/db.py": DB.format(inner="get_session").replace(
            "async def get_session", "router = APIRouter()\nasync def get_session"
        ),
    }
    (finding,) = findings(session_given_back, files)
    assert finding.where == "app/db.py:3"


@pytest.mark.parametrize(
    ("version", "count"), [("0.105.0", 1), ("0.115.6", 0), ("0.118.0", 1), ("nightly", 1)]
)
def test_the_version_decides_when_it_is_given_back(
    findings: Findings, version: str, count: int
) -> None:
    files = {
        "app/main.py": MAIN.format(given="get_session"),
        "app/db.py": DB.format(inner="get_session"),
        "pyproject.toml": '[project]\nname = "shop"\ndependencies = ["fastapi"]\n',
        "uv.lock": f'[[package]]\nname = "fastapi"\nversion = "{version}"\n',
    }
    assert len(findings(session_given_back, files)) == count


SPELLED = """\
from chatkit.server import StreamingResult
from fastapi import APIRouter, Depends as Needs, FastAPI, Security
from app import db
from app.db import SessionNeeded, get_client, get_repo, get_session, get_turn, get_user
app = FastAPI()
@app.post("/chatkit")
async def chatkit(request, {given}):
    # scope="function"
    {line}return await server.process(await request.body(), given)
"""
MORE = """\
from typing import Annotated
import httpx
from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
Made = async_sessionmaker(engine)
async def get_session():
    async with Made() as session:
        yield session
async def get_closed():
    session = AsyncSession(engine)
    try:
        yield session
    finally:
        await session.close()
async def get_pooled():
    async with pool.acquire() as connection:
        yield connection
SessionNeeded = Annotated[AsyncSession, Depends(get_session)]
async def get_repo(session: SessionNeeded):
    return Repository(session)
async def get_client():
    async with httpx.AsyncClient() as client:
        yield client
async def get_user(request):
    user = {"id": 1}
    yield user
async def get_turn(request):
    begun()
    yield
"""
HELD = {
    "an alias": "given=Needs(get_session)",
    "by its module": "given=Needs(db.get_session)",
    "annotated": "given: SessionNeeded",
    "annotated in place": "given: Annotated[object, Needs(get_session)]",
    "security": "given=Security(get_session)",
    "through another": "given=Needs(get_repo)",
    "closed at the end": "given=Needs(db.get_closed)",
    "of a pool": "given=Needs(db.get_pooled)",
    "by keyword": "given=Needs(dependency=get_session)",
}
GIVEN = {
    "early": 'given=Needs(get_session, scope="function")',
    "a client": "given=Needs(get_client)",
    "a user": "given=Needs(get_user)",
    "nothing": "given=Needs(get_turn)",
    "a class": "given=Needs(Session)",
}


def spelled(given: str, line: str = "") -> dict[str, str]:
    main = SPELLED.replace("{given}", given).replace("{line}", line)
    return {"app/main.py": main, "app/db.py": MORE}


@pytest.mark.parametrize("name", HELD)
def test_held_in_whatever_way(findings: Findings, name: str) -> None:
    assert len(findings(session_given_back, spelled(HELD[name]))) == 1


@pytest.mark.parametrize("name", GIVEN)
def test_given_back_or_none(findings: Findings, name: str) -> None:
    assert not findings(session_given_back, spelled(GIVEN[name]))


def test_closed_by_the_route(findings: Findings) -> None:
    files = spelled("given=Needs(get_session)", "await given.close()\n    ")
    assert not findings(session_given_back, files)


POOLED = """\
import asyncpg
from contextlib import AsyncExitStack, asynccontextmanager
from asyncpg import connect as opened
from chatkit.store import Store
from sqlalchemy.ext.asyncio import async_sessionmaker
from app.connections import borrowed, used_up
Session = async_sessionmaker(engine)
class Notes(Store[dict]):
    def __init__(self, pool):
        self.pool = pool
    async def taken(self):
        return await self.pool.acquire()
    @asynccontextmanager
    async def held(self):
        it = await self.pool.acquire()
        try:
            yield it
        finally:
            await self.pool.release(it)
    async def load_thread(self, thread_id, context):
        {line}
"""
CONNECTIONS = """\
async def borrowed(pool):
    it = await pool.acquire(timeout=5)
    return it
async def used_up(pool, it):
    await pool.release(it)
"""
USE = "\n        return await it.fetchrow('select 1')"
TRIED = "\n        try:\n            return await it.fetchrow(1)\n        finally:\n            "


@pytest.mark.parametrize(
    ("line", "severity"),
    [
        ("it = await self.pool.acquire()" + USE, "error"),
        ("pool = self.pool; it = await pool.acquire(timeout=5)" + USE, "error"),
        ("return await (await self.pool.acquire()).fetchrow('select 1')", "error"),
        ("it = await self.taken()" + USE, "error"),
        ("it = await borrowed(self.pool)" + USE, "error"),
        ("it = await opened(URL)" + USE, "error"),
        ("it = await asyncpg.create_pool(URL)" + USE, "error"),
        ("it = Session()\n        return await it.scalar(1)", "error"),
        (
            "it = await self.pool.acquire(); await it.fetch(1); await self.pool.release(it)",
            "warning",
        ),
        ("it = await opened(URL); await it.fetch(1); await it.close()", "warning"),
        ("it = await self.pool.acquire()" + TRIED + "await self.pool.release(it)", ""),
        ("it = await opened(URL)" + TRIED + "await it.close()", ""),
        ("it = await borrowed(self.pool)" + TRIED + "await used_up(self.pool, it)", ""),
        ("async with self.pool.acquire() as it:\n            await it.fetch(1)", ""),
        ("async with self.held() as it:\n            await it.fetch(1)", ""),
        ("it = Session()\n        async with it:\n            await it.scalar(1)", ""),
        ("async with Session() as it:\n            await it.scalar(1)", ""),
        ("await self.lock.acquire()", ""),
        ("got = await self.lock.acquire()\n        return got", ""),
        ("it = await opened(URL); self.kept = it; await it.fetch(1)", ""),
        ("it = await stack.enter_async_context(self.pool.acquire())" + USE, ""),
        ("return 1  # it = await self.pool.acquire()", ""),
    ],
)
def test_what_is_taken_of_a_pool(findings: Findings, line: str, severity: str) -> None:
    files = {"app/store.py": POOLED.replace("{line}", line), "app/connections.py": CONNECTIONS}
    found = findings(session_given_back, {**files, "app/server.py": "import app.store"})
    assert [each.severity for each in found] == ([severity] if severity else [])
