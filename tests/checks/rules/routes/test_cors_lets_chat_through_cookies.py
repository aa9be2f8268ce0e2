"""A sign-in is by cookie where nothing else is asked that a page could send."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.routes.cors_lets_chat_through import signs_in_by_cookie
from chatkit_agent.project.source.anatomy import Anatomy
from tests.project.source.conftest import Project

SOURCE = """\
from chatkit.server import ChatKitServer
from fastapi import Cookie, Depends, FastAPI, Header, Request
from fastapi.security import APIKeyCookie, HTTPBearer
app, cookie, bearer = FastAPI(), APIKeyCookie(name="s"), HTTPBearer()
def user({given}):
    return known({read})
@app.post("/chatkit")
async def chatkit(request: Request, person=Depends(user)):
    return await server.process(await request.body(), {{"user": person}})
"""


@pytest.mark.parametrize(
    ("given", "read", "is_one"),
    [
        ("request: Request", "request.cookies['s']", True),
        ("request: Request", "request.session['user']", True),
        ("s: str = Cookie()", "s", True),
        ("s=Depends(cookie)", "s", True),
        ("request: Request", "request.headers['authorization']", False),
        ("request: Request, s: str = Cookie()", "request.query_params['t'] or s", False),
        ("s: str = Header()", "s", False),
        ("s=Depends(bearer)", "s", False),
        ("", "", False),
    ],
)
def test_signs_in(project: Project, given: str, read: str, is_one: bool) -> None:
    code = project({"main.py": SOURCE.format(given=given, read=read)})
    assert signs_in_by_cookie(Anatomy(code)) is is_one
