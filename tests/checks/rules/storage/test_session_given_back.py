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
