"""Sign-in route: found by what it takes and gives, and left alone where it is not certain."""

from __future__ import annotations

import pytest

from chatkit_agent.project.detectors.sign_in_route import find_sign_in_route, with_sign_in_route
from chatkit_agent.project.facts import App, Auth, Credential, SignIn, UserDependency

from .conftest import MakeSources

APP = App("main:app", "module", "main.py", "", "main.py", None, "app")
HEAD = """
from typing import Annotated
from fastapi import APIRouter, Body, Depends, FastAPI
from fastapi.security import OAuth2PasswordRequestForm
from pydantic import BaseModel, EmailStr, Field
class Login(BaseModel):
    email: EmailStr
    password: str
class Named(BaseModel):
    username: str
class Credentials(Named):
    password: str = Field(min_length=8)
    remember: bool = False
class Register(BaseModel):
    email: str
    password: str
    full_name: str
class Token(BaseModel):
    access_token: str
    token_type: str
app = FastAPI()
"""
FOUND = {
    "a dict": (
        '@app.post("/auth/login")\ndef login(c: Login):\n    return {"access_token": make(c)}\n',
        SignIn("/auth/login", "email"),
    ),
    "another name of the token": (
        '@app.post("/login")\ndef login(c: Login):\n    return {"token": make(c)}\n',
        SignIn("/login", "email", "token"),
    ),
    "a model that is annotated, with fields of a base": (
        '@app.post("/session")\nasync def sign_in(c: Credentials) -> Token:\n    return make(c)\n',
        SignIn("/session", "username"),
    ),
    "a model that the route names": (
        '@app.post("/login", response_model=Token)\ndef login(c: Annotated[Login, Body()]):\n'
        "    return make(c)\n",
        SignIn("/login", "email"),
    ),
    "a model that is made": (
        '@app.post("/login")\ndef login(c: Login):\n'
        '    return Token(access_token=make(c), token_type="bearer")\n',
        SignIn("/login", "email"),
    ),
    "FastAPI's form": (
        '@app.post("/login")\ndef login(f: OAuth2PasswordRequestForm = Depends()):\n'
        '    return {"access_token": make(f)}\n',
        SignIn("/login"),
    ),
    "a form of one's own": (
        '@app.post("/login", response_model=Token)\n'
        "def login(username: str = Form(...), password: str = Form(...)):\n    return make()\n",
        SignIn("/login"),
    ),
    "a response that is made": (
        '@app.post("/login")\ndef login(c: Login):\n'
        '    return JSONResponse(content={"access_token": make(c), "message": "in"})\n',
        SignIn("/login", "email"),
    ),
    "routers with prefixes": (
        'router = APIRouter(prefix="/auth")\nv1 = APIRouter()\n'
        '@router.post("/login")\ndef login(c: Login) -> Token:\n    return make(c)\n'
        'v1.include_router(router)\napp.include_router(v1, prefix="/api/v1")\n',
        SignIn("/api/v1/auth/login", "email"),
    ),
    "the likely one of two": (
        '@app.post("/login")\ndef login(c: Login) -> Token:\n    return make(c)\n'
        '@app.post("/swap")\ndef swap(c: Login) -> Token:\n    return make(c)\n',
        SignIn("/login", "email"),
    ),
    "not the one that registers": (
        '@app.post("/register")\ndef register(c: Login) -> Token:\n    return make(c)\n'
        '@app.post("/enter")\ndef enter(c: Login) -> Token:\n    return make(c)\n',
        SignIn("/enter", "email"),
    ),
}
NOT_FOUND = {
    "more is asked for": '@app.post("/login")\ndef login(c: Register) -> Token: return make(c)\n',
    "no token is given": '@app.post("/login")\ndef login(c: Login): return {"ok": True}\n',
    "it reads": '@app.get("/login")\ndef login(c: Login) -> Token: return make(c)\n',
    "no name is taken": (
        "class Pin(BaseModel):\n    password: str\n"
        '@app.post("/login")\ndef login(c: Pin) -> Token: return make(c)\n'
    ),
    "two would do": (
        '@app.post("/login")\ndef login(c: Login) -> Token: return make(c)\n'
        '@app.post("/staff/login")\ndef staff(c: Login) -> Token: return make(c)\n'
    ),
    "a router in no application": (
        'router = APIRouter()\n@router.post("/login")\n'
        "def login(c: Login) -> Token: return make(c)\n"
    ),
    "a router whose prefix is computed": (
        'router = APIRouter(prefix=prefix())\n@router.post("/login")\n'
        "def login(c: Login) -> Token: return make(c)\napp.include_router(router)\n"
    ),
}


@pytest.mark.parametrize(("code", "route"), FOUND.values(), ids=FOUND)
def test_the_route_that_signs_in(sources: MakeSources, code: str, route: SignIn) -> None:
    assert find_sign_in_route(sources({"main.py": HEAD + code}), APP) == route


@pytest.mark.parametrize("code", NOT_FOUND.values(), ids=NOT_FOUND)
def test_what_is_not_certain_is_left_alone(sources: MakeSources, code: str) -> None:
    assert find_sign_in_route(sources({"main.py": HEAD + code}), APP) is None


@pytest.mark.parametrize(
    ("credential", "told"),
    [
        (Credential("header", "Authorization", "Bearer"), "/auth/login"),
        (Credential("header", "Authorization", "Bearer", SignIn("token")), "token"),
        (Credential("cookie", "session"), None),
    ],
)
def test_only_a_token_of_a_header_that_nothing_else_names(
    sources: MakeSources, credential: Credential, told: str | None
) -> None:
    user = UserDependency("me", "main.py", "main", "function", "user.id", "", (credential,))
    code, _ = FOUND["a dict"]
    auth, _ = with_sign_in_route(sources({"main.py": HEAD + code}), APP, Auth((user,)), None)
    (found,) = auth.dependencies[0].credentials
    assert (found.sign_in.path if found.sign_in else None) == told


def test_a_damaged_name_of_a_field_is_refused() -> None:
    with pytest.raises(ValueError, match="letters"):
        SignIn("/login", token="x']); import os  # ")
