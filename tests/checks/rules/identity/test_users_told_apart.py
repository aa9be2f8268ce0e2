"""An id that is the same for all, or not there, is found; where it is unsure, nothing is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.identity.users_told_apart import users_told_apart

Findings = Callable[..., list[Finding]]
ROUTE = """\
from chatkit.server import ChatKitServer
from fastapi import APIRouter
class Server(ChatKitServer[dict]): ...
def make_router(current_user, user_id):
    router = APIRouter()
    @router.post("/chatkit")
    async def chatkit(request):
        return await Server().process(await request.body(), user_id(request))
    return router
"""
USERS = """\
{imported}
class Base(BaseModel):
    id: int
class User({bases}):
    name: str
def get_current_user() -> User: ...
"""
MAIN = """\
from fastapi import FastAPI
from app.chat import make_router
from app.users import get_current_user
app = FastAPI()
app.include_router(make_router(current_user=get_current_user, user_id={given}))
"""


def files(given: str, bases: str = "Base") -> dict[str, str]:
    imported = "from pydantic import BaseModel\nfrom somewhere import Mixin"
    return {
        "app/chat.py": ROUTE,
        "app/users.py": USERS.format(imported=imported, bases=bases),
        "app/main.py": MAIN.format(given=given),
    }


@pytest.mark.parametrize(
    ("given", "cause"), [("lambda user: 'shop'", "one user"), ("lambda u: u.user_id", "user id")]
)
def test_found(findings: Findings, given: str, cause: str) -> None:
    (finding,) = findings(users_told_apart, files(given))
    assert finding.where == "app/main.py:5"
    assert finding.cause == cause


@pytest.mark.parametrize(
    ("given", "bases"),
    [
        ("lambda user: user.id", "Base"),
        ("lambda user: user.name", "Base"),
        ("lambda user: user.user_id", "Base, Mixin"),
        ("lambda user: str(user)", "Base"),
        ("id_of", "Base"),
    ],
)
def test_quiet(findings: Findings, given: str, bases: str) -> None:
    assert not findings(users_told_apart, files(given, bases))
