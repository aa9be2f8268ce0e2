"""Identity: the expression that gives a user's id is right for what a dependency really returns."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source.identity import Consumer, user_id
from chatkit_agent.project.source.sources import Symbol
from tests.project.source.conftest import Project

HEAD = """\
import uuid
from dataclasses import dataclass
from typing import Annotated, Any, Optional, TypedDict
import jwt
from beanie import Document
from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPBasicCredentials
from firebase_admin import auth
from sqlalchemy.orm import Mapped, mapped_column
from sqlmodel import Field, SQLModel

class User:
    email: str
    id: int
    hashed_password: str

class Plain:
    def __init__(self, name, username):
        self.name = name
        self.username = username

class Row(SQLModel):
    email: str
    number: int = Field(primary_key=True)

class Mail(Document):
    email: str

class Child(User):
    nick: str

class Maybe:
    username: str | None = None
    email: str

class Late:
    username: Optional[str]
    email: str
    def __init__(self, username, email):
        self.username = username
        self.email = email

class Keyed(TypedDict):
    uid: str

class Nothing:
    colour: str

class Guarded:
    @property
    def subject(self): return self._subject

def claims(token):
    return jwt.decode(token, KEY)

def find(token):
    return User()

"""


def of(project: Project, source: str, *, or_nobody: bool = False) -> str | None:
    code = project({"auth.py": HEAD + source})
    found = user_id(code.sources, Symbol("auth.py", "who"), or_nobody=or_nobody)
    return found.code if found else None


@pytest.mark.parametrize(
    ("returns", "code"),
    [
        ("User", "user.id"),
        ("'User'", "user.id"),
        ("Annotated[User, 1]", "user.id"),
        ("Child", "user.id"),
        ("Plain", "user.username"),
        ("Row", "user.number"),
        ("Mail", "user.id"),
        ("Maybe", "user.email"),
        ("Late", "user.email"),
        ("Keyed", 'user["uid"]'),
        ("Guarded", "user.subject"),
        ("str", "user"),
        ("uuid.UUID", "user"),
        ("int", "user"),
        ("Nothing", None),
        ("bool", None),
        ("list[User]", None),
        ("tuple[User, str]", None),
        ("Unknown", None),
    ],
)
def test_by_what_it_says_that_it_returns(project: Project, returns: str, code: str | None) -> None:
    assert of(project, f"def who(token) -> {returns}:\n    return found(token)\n") == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("return {'user_id': 1, 'name': 2}", 'user["user_id"]'),
        ("return {'email': 1, 'id': 2}", 'user["id"]'),
        ("user = {'sub': 1}\n    return user", 'user["sub"]'),
        ("if token: return {'id': 1, 'email': 2}\n    return {'email': 3}", 'user["email"]'),
        ("if token: return {'id': 1}\n    return {'email': 3}", None),
        ("return {'colour': 1}", None),
        ("return User()", "user.id"),
        ("return find(token)", "user.id"),
        (
            "user = find(token)\n    if not user: raise HTTPException(401)\n    return user",
            "user.id",
        ),
        ("return db.query(User).first()", "user.id"),
        ("# return User()\n    return other(token)", None),
        ("return 'User'", None),
        ("return jwt.decode(token, KEY)['sub']", "user"),
        ("payload = jwt.decode(token, KEY)\n    return payload.get('sub')", "user"),
        ("payload = jwt.decode(token, KEY)\n    payload['sub']\n    return payload", 'user["sub"]'),
        ("return token.session['user_id']", "user"),
        ("return token.session.get('user_id')", None),
        (
            "uid = token.session.get('user_id')\n    if not uid: raise HTTPException(401)\n"
            "    return uid",
            "user",
        ),
        ("return token.session['colour']", None),
        ("return auth.verify_id_token(token)", 'user["uid"]'),
        ("return token.get_jwt_subject()", "user"),
        ("return find(token).colours", None),
        ("return (await find(token)).colours", None),
        ("if token: return User()\n    return Plain()", None),
    ],
)
def test_by_what_it_does_return(project: Project, body: str, code: str | None) -> None:
    assert of(project, f"def who(token):\n    {body}\n") == code


@pytest.mark.parametrize(
    ("body", "or_nobody"),
    [
        ("return None", None),
        ("if token: return User()\n    return None", "user.id"),
        ("return token.guest or User()", None),
        ("return False", None),
    ],
)
def test_somebody_whom_nobody_may_be(project: Project, body: str, or_nobody: str | None) -> None:
    source = f"def who(token):\n    {body}\n"
    assert of(project, source) is None
    assert of(project, source, or_nobody=True) == or_nobody


def test_the_name_of_http_basic(project: Project) -> None:
    source = "def who(given: HTTPBasicCredentials):\n    return given.{}\n"
    assert of(project, source.format("username")) == "user"
    assert of(project, source.format("password")) is None


def test_a_token_is_nobodys_name(project: Project) -> None:
    """A function that says `token` gives that, whatever its type."""
    code = project({"auth.py": "def get_token(request) -> str:\n    return request.a\n"})
    assert user_id(code.sources, Symbol("auth.py", "get_token")) is None


def test_a_class_of_which_routes_get_an_instance(project: Project) -> None:
    assert of(project, "class who(User): ...\n") == "user.id"
    callable_ = "class Guard:\n    def __call__(self, token) -> User: return find(token)\n"
    assert of(project, f"{callable_}who = Guard()\n") == "user.id"


def test_a_password_beside_it_is_told(project: Project) -> None:
    code = project(
        {"auth.py": HEAD + "def who() -> User: return f()\ndef row() -> Row: return f()"}
    )
    who = user_id(code.sources, Symbol("auth.py", "who"))
    row = user_id(code.sources, Symbol("auth.py", "row"))
    assert (who and who.has_password, row and row.has_password) == (True, False)
    assert who is not None
    assert (who.of, who.why) == ("User", "returns User (auth.py), which has `id`")


@pytest.mark.parametrize(
    ("consumer", "code"),
    [
        (Consumer("routes.py", "user", "User"), "user.id"),
        (Consumer("routes.py", "user", "dict"), 'user["sub"]'),
        (Consumer("routes.py", "user", ""), 'user["sub"]'),
        (Consumer("routes.py", "other", ""), None),
        (Consumer("routes.py", "", ""), None),
    ],
)
def test_else_by_what_routes_take_it_for(
    project: Project, consumer: Consumer, code: str | None
) -> None:
    files = {
        "auth.py": HEAD + "def who(token):\n    return unknown(token)\n",
        "routes.py": "from auth import User\ndef route(user):\n    f(user['sub'], other.x)\n",
    }
    found = user_id(project(files).sources, Symbol("auth.py", "who"), [consumer])
    assert (found.code if found else None) == code
