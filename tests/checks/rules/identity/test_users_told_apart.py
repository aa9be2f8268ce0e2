"""An id that is the same for all, or not there, is found; where it is unsure, nothing is."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.identity.users_told_apart import users_told_apart
from tests.checks.rules.conftest import Findings

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


OUTER = """\
from app.chat import make_router
def make_chat(who, of=lambda user: user.id):
    return make_router(who, of)
"""
ONE_ID = """\
from dataclasses import dataclass
from fastapi import FastAPI
from functools import partial
from app.outer import make_chat
from app.users import get_current_user
SHOP = "shop"
class Settings:
    account: str = "shop"
settings = Settings()
def same(user):
    return SHOP
def named(user):
    return f"{user.name}"
def deeper(user):
    return same(user)
def given(name, user):
    return name
app = FastAPI()
app.include_router(make_chat({given}))
"""


@pytest.mark.parametrize(
    ("given", "is_found"),
    [
        ("get_current_user, lambda user: SHOP", True),
        ("get_current_user, lambda _: settings.account", True),
        ("who=get_current_user, of=same", True),
        ("get_current_user, of=deeper", True),
        ("of=lambda user: str(SHOP).lower(), who=get_current_user", True),
        ("get_current_user", False),
        ("get_current_user, named", False),
        ("get_current_user, lambda user: user.name or SHOP", False),
        ("get_current_user, lambda user: f'{SHOP}:{user.id}'  # one user", False),
        ("get_current_user, unknown", False),
    ],
)
def test_one_id_however_it_is_spelled(findings: Findings, given: str, is_found: bool) -> None:
    main = ONE_ID.replace("{given}", given)
    found = findings(users_told_apart, {**files(""), "app/outer.py": OUTER, "app/main.py": main})
    assert [each.cause for each in found] == ["one user"] * is_found


SIGN_IN = """\
import jwt
from dataclasses import dataclass
from fastapi import Header
NAME = "demo"
@dataclass
class Caller:
    user_id: str = NAME
    token: str = ""
class Settings:
    owner: str = "demo"
settings = Settings()
def read(token):
    return jwt.decode(token, KEY, ["HS256"])
async def get_current_user(authorization: str = Header()):
    claims = read(authorization)
    {line}
"""


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("return Caller(token=authorization)", True),
        ("return Caller(NAME, authorization)", True),
        ("return {'id': settings.owner, 'token': authorization}", True),
        ("user = NAME\n    return user", True),
        ("return 'demo' if claims else NAME", True),
        ("return Caller(claims['sub'], authorization)", False),
        ("return Caller(user_id=claims.get('sub') or NAME)", False),
        ("return {'user': claims['sub'], 'tenant': NAME}", False),
    ],
)
def test_whoever_signs_in_is_the_same(findings: Findings, line: str, is_found: bool) -> None:
    found = findings(users_told_apart, {"app/auth.py": SIGN_IN.replace("{line}", line)})
    assert [each.cause for each in found] == ["one user"] * is_found


TABLES = """\
from sqlalchemy.ext.asyncio import AsyncAttrs
from sqlalchemy.orm import DeclarativeBase, Mapped, declarative_base, mapped_column
class Base(AsyncAttrs, DeclarativeBase): ...
Made = declarative_base()
class User({base}):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column()
{more}
def get_current_user() -> {kind}: ...
"""


@pytest.mark.parametrize("base", ["Base", "Made"])
@pytest.mark.parametrize(
    ("given", "kind", "more", "cause"),
    [
        ("lambda user: user.id", "User", "", None),
        ("lambda user: user.email", "User", "", None),
        ("lambda user: str(user.id)", "User", "", None),
        ("lambda user: user.name", "User", "", "shared id"),
        ("lambda user: user.name", "User", "    __table_args__ = (Unique('name'),)", None),
        ("lambda user: user.uid", "User", "", "user id"),
        ("lambda user: user['id']", "User", "", "user id"),
        ("lambda user: user['id']", "User", "    def __getitem__(self, name): ...", None),
        ("lambda user: user['id']", "Unknown", "", None),
        ("lambda user: user['id']", "dict", "", None),
        ("lambda user: user['id']", "dict[str, str]", "", None),
        ("lambda user: user.id", "dict[str, str]", "", "user id"),
        ("lambda user: user.get('id')", "dict", "", None),
    ],
)
def test_what_is_read_of_the_user(
    findings: Findings, base: str, given: str, kind: str, more: str, cause: str | None
) -> None:
    users = TABLES.format(base=base, kind=kind, more=more)
    found = findings(users_told_apart, {**files(given), "app/users.py": users})
    assert [each.cause for each in found] == [cause] * (cause is not None)
