"""Auth: a sign-in of any name, known by what it reads and gives, and what only looks like one."""

from __future__ import annotations

import pytest

from chatkit_agent.project.detectors.auth import find_auth
from chatkit_agent.project.detectors.unrecognised import find_unrecognised
from chatkit_agent.project.facts import App

from .conftest import MakeSources

APP = App("main:app", "module", "main.py", "", "main.py", None, "app")
HEAD = """
import os
from typing import Annotated
import jwt
from fastapi import Cookie, Depends, FastAPI, Header, HTTPException, Query, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, OAuth2PasswordBearer
from fastapi.security import SecurityScopes
from pydantic import BaseModel
from sqlmodel import Field, Session, SQLModel
scheme = OAuth2PasswordBearer(tokenUrl="token")
bearer = HTTPBearer()
class User(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    email: str
class Employee(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    team: str
class Tenant(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
def session(): ...
Db = Annotated[Session, Depends(session)]
Token = Annotated[str, Depends(scheme)]
def claims_of(token):
    return jwt.decode(token, os.environ["SECRET_KEY"], algorithms=["HS256"])
app = FastAPI()
"""
FOUND = """    claims = jwt.decode(token, os.environ["SECRET_KEY"], algorithms=["HS256"])
    found = db.get({kind}, int(claims["{claim}"]))
    if found is None:
        raise HTTPException(401)
    return found
"""
PICKED = """    found = db.get({kind}, {by})
    if found is None:
        raise HTTPException(404)
    return found
"""
ME = "def me(token: Token, db: Db) -> User:\n" + FOUND.format(kind="User", claim="sub")


def sign_in(name: str, kind: str = "User", claim: str = "sub", given: str = "token: Token") -> str:
    return f"def {name}(db: Db, {given}) -> {kind}:\n" + FOUND.format(kind=kind, claim=claim)


def asked(name: str, times: int = 1) -> str:
    return "".join(
        f'@app.get("/{name}{n}")\ndef r_{name}{n}(who: Annotated[object, Depends({name})]): ...\n'
        for n in range(times)
    )


PEOPLE = {
    **{
        name: (sign_in(name, kind) + asked(name), name, "user.id")
        for name, kind in {
            "me": "User",
            "get_me": "User",
            "getMe": "User",
            "whoami": "User",
            "actor": "User",
            "requester": "User",
            "employee": "Employee",
            "get_seller": "Employee",
        }.items()
    },
    "an alias": (
        ME + 'Me = Annotated[User, Depends(me)]\n@app.get("/x")\ndef x(who: Me): ...\n',
        "me",
        "user.id",
    ),
    "a claim": (
        'def me(token: Token) -> str:\n    return claims_of(token)["sub"]\n' + asked("me"),
        "me",
        "user",
    ),
    "a dict of claims": (
        "def whoami(token: Token) -> dict:\n    known = claims_of(token)\n"
        '    return {"id": known["sub"], "email": known["email"]}\n' + asked("whoami"),
        "whoami",
        'user["id"]',
    ),
    "the payload, by what a route reads of it": (
        "def payload(sent: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]) -> dict:\n"
        "    return claims_of(sent.credentials)\n"
        '@app.get("/x")\ndef x(p: dict = Depends(payload)): return p["sub"]\n',
        "payload",
        'user["sub"]',
    ),
    "a helper reads the claim": (
        'def subject_of(token): return claims_of(token)["sub"]\n'
        "def employee(token: Token, db: Db) -> Employee:\n"
        + PICKED.format(kind="Employee", by="subject_of(token)")
        + asked("employee"),
        "employee",
        "user.id",
    ),
    "an object": (
        "class Gate:\n    def __call__(self, token: Token, db: Db) -> Employee:\n"
        '        return db.get_one(Employee, claims_of(token)["sub"])\n'
        "gate = Gate()\n" + asked("gate"),
        "gate",
        "user.id",
    ),
    "a session": (
        'def me(request: Request, db: Db) -> User:\n    known = request.session.get("uid")\n'
        "    if not known:\n        raise HTTPException(401)\n"
        "    return db.get_one(User, known)\n" + asked("me"),
        "me",
        "user.id",
    ),
    "what a middleware keeps": (
        '@app.middleware("http")\nasync def auth(request: Request, call_next):\n'
        '    request.state.uid = claims_of(request.headers["authorization"])["sub"]\n'
        "    return await call_next(request)\n"
        "def me(request: Request) -> str:\n    return request.state.uid\n" + asked("me"),
        "me",
        "user",
    ),
    "scopes": (
        sign_in("me", given="scopes: SecurityScopes, token: Token")
        + '@app.get("/x")\ndef x(who: Annotated[User, Security(me, scopes=["a"])]): ...\n',
        "me",
        "user.id",
    ),
    "a token in the query": (
        sign_in("me", given="token: Annotated[str, Query()]") + asked("me"),
        "me",
        "user.id",
    ),
    "a flag besides": (
        sign_in("me", given="token: Token, fresh: bool = False") + asked("me"),
        "me",
        "user.id",
    ),
    "users by their id are asked for more often": (
        ME
        + asked("me")
        + "def user_or_404(user_id: int, db: Db, who: Annotated[User, Depends(me)]) -> User:\n"
        + PICKED.format(kind="User", by="user_id")
        + asked("user_or_404", 4),
        "me",
        "user.id",
    ),
    "something of theirs is asked for more often": (
        ME
        + asked("me")
        + "def prefs(who: Annotated[User, Depends(me)], db: Db) -> Tenant:\n"
        + "    return db.get_one(Tenant, who.id)\n"
        + asked("prefs", 4),
        "me",
        "user.id",
    ),
}
PEOPLE |= {
    "a class that is asked for by its type": (
        "class Who:\n    def __init__(self, token: Token):\n"
        '        self.id = claims_of(token)["sub"]\n'
        '@app.get("/x")\ndef x(who: Who = Depends()): ...\n',
        "Who",
        "user.id",
    ),
    "a class that Annotated names": (
        "class Who:\n    def __init__(self, token: Token):\n"
        '        self.id = claims_of(token)["sub"]\n'
        '@app.get("/x")\ndef x(who: Annotated[Who, Depends()]): ...\n',
        "Who",
        "user.id",
    ),
    "one that cleans up": (
        "def me(token: Token, db: Db):\n"
        '    found: User = db.get_one(User, claims_of(token)["sub"])\n    yield found\n'
        '@app.get("/x")\ndef x(who: Annotated[User, Depends(me)]): ...\n',
        "me",
        "user.id",
    ),
    "a model of the claims": (
        "class TokenData(BaseModel):\n    sub: str\n    scopes: list[str] = []\n"
        "def token_data(token: Token) -> TokenData:\n    return TokenData(**claims_of(token))\n"
        + asked("token_data"),
        "token_data",
        "user.sub",
    ),
    "a provider's": (
        "from propelauth_fastapi import init_auth\n"
        'auth = init_auth("https://x.propelauthtest.com", os.environ["KEY"])\n'
        + asked("require_user").replace("Depends(require_user)", "Depends(auth.require_user)"),
        "auth.require_user",
        "user.user_id",
    ),
}
OTHERS = {
    "a tenant": sign_in("tenant", "Tenant", "tenant_id") + asked("tenant"),
    "an organisation": sign_in("org", "Tenant", "org") + asked("org"),
    "whom a path names": "def employee(employee_id: int, db: Db) -> Employee:\n"
    + PICKED.format(kind="Employee", by="employee_id")
    + asked("employee"),
    "whom a path names, for somebody with a token": (
        "def employee(employee_id: int, db: Db, token: Token) -> Employee:\n"
        + '    assert claims_of(token)["sub"]\n'
        + PICKED.format(kind="Employee", by="employee_id")
        + asked("employee")
    ),
    "whom a query names": (
        "def user_named(name: Annotated[str, Query()], db: Db, token: Token) -> User:\n"
        + '    assert claims_of(token)["sub"]\n'
        + PICKED.format(kind="User", by="name")
        + asked("user_named")
    ),
    "a signature of a webhook": (
        "def webhook(x_signature: Annotated[str, Header()], request: Request) -> dict:\n"
        '    if x_signature != "a":\n        raise HTTPException(401)\n'
        '    return {"id": 1}\n' + asked("webhook")
    ),
    "a user or nobody": (
        "def me(token: Token, db: Db) -> User | None:\n"
        '    return db.get(User, claims_of(token)["sub"])\n' + asked("me")
    ),
}


@pytest.mark.parametrize(("code", "name", "user_id"), PEOPLE.values(), ids=PEOPLE)
def test_who_calls_is_found_under_any_name(
    sources: MakeSources, code: str, name: str, user_id: str
) -> None:
    found = find_auth(sources({"main.py": HEAD + code}), APP).dependencies
    assert [(each.name, each.user_id) for each in found[:1]] == [(name, user_id)]


@pytest.mark.parametrize("code", OTHERS.values(), ids=OTHERS)
def test_what_does_not_give_who_calls_is_none(sources: MakeSources, code: str) -> None:
    assert find_auth(sources({"main.py": HEAD + code}), APP).dependencies == ()


UNRECOGNISED = {
    "a library that each route asks": (
        "from fastapi_jwt_auth import AuthJWT\n"
        '@app.get("/x")\ndef x(authorize: AuthJWT = Depends()):\n    authorize.jwt_required()\n',
        "`AuthJWT` in `main.py` asks for what `fastapi_jwt_auth` verifies",
    ),
    "a session that routes read": (
        '@app.get("/x")\ndef x(request: Request):\n    user = request.session.get("user")\n'
        "    if not user:\n        raise HTTPException(401)\n    return user\n",
        '`x` in `main.py` reads `request.session.get("user")` itself',
    ),
}


@pytest.mark.parametrize(("code", "said"), UNRECOGNISED.values(), ids=UNRECOGNISED)
def test_what_is_not_recognised_is_told(sources: MakeSources, code: str, said: str) -> None:
    made = sources({"main.py": HEAD + code})
    found = find_unrecognised(made, APP, find_auth(made, APP), ())
    assert any(said in each for each in found.not_used)


@pytest.mark.parametrize(
    ("body", "is_found"),
    [
        ("    return user\n", True),
        ("    return user.orders\n", False),
        ("    found = user.orders\n    return found\n", False),
        ("    if not user:\n        return False\n    return user\n", False),
    ],
)
def test_what_the_person_has_is_not_the_person(
    sources: MakeSources, body: str, is_found: bool
) -> None:
    text = (
        f"{HEAD}def load_user(token) -> User: ...\n"
        f"def get_orders(token = Depends(scheme)):\n    user = load_user(token)\n{body}"
        "def me(found = Depends(get_orders)): ...\n"
    )
    assert bool(find_auth(sources({"main.py": text}), APP).dependencies) == is_found
