"""A coroutine or an annotation where FastAPI needs a function is found; what makes one is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.identity.sign_in_callable import sign_in_callable
from tests.checks.rules.conftest import CHAT, MAIN, Findings

AUTH = """\
from typing import Annotated
import typing as t
from fastapi import Depends
async def get_current_user(): ...
def require(role="user"): return get_current_user
SignedIn = Annotated[str, Depends(get_current_user)]
Spelled = t.Annotated[str, "a note", Depends(get_current_user)]
"""
MADE = """\
from fastapi import APIRouter, Depends, Request
from chatkit.server import ChatKitServer
class Server(ChatKitServer[dict]): ...
def make_router(current_user):
    router = APIRouter()
    @router.post("/talk")
    async def talk(request: Request, user=Depends(current_user)):
        return await Server().process(await request.body(), {"user": user})
    return router
"""
IN_ROUTE = MAIN.replace("Depends(get_current_user)", "Depends({given})")
BY_MAKER = f"{MAIN}\nfrom app.made import make_router\napp.include_router(make_router({{given}}))\n"


@pytest.mark.parametrize("main", [IN_ROUTE, BY_MAKER, BY_MAKER.replace("({g", "(current_user={g")])
@pytest.mark.parametrize(
    ("given", "is_found"),
    [
        ("get_current_user()", True),
        ("auth.get_current_user()", True),
        ("SignedIn", True),
        ("auth.Spelled", True),
        ("get_current_user", False),
        ("auth.get_current_user", False),
        ("require()", False),
        ("require('admin')", False),
        ("unknown()", False),
        ("get_current_user  # get_current_user()", False),
    ],
)
def test_what_is_given(findings: Findings, main: str, given: str, is_found: bool) -> None:
    lines = "from app import auth\nfrom app.auth import SignedIn, require\n"
    end = "\n" if "#" in given else ""
    text = lines + main.replace("{given}", given + end)
    files = {**CHAT, "app/auth.py": AUTH, "app/made.py": MADE, "app/main.py": text}
    found = findings(sign_in_callable, files)
    assert len(found) == is_found
    assert all("get_current_user`" in each.fix for each in found)
