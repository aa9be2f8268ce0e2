"""A session that is held for the whole answer is found through any dependency."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.storage.session_given_back import session_given_back

Findings = Callable[..., list[Finding]]
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
