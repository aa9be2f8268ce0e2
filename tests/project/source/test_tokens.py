"""Tokens: what gives a person's token is known by where it comes from, and else by its name."""

from __future__ import annotations

import libcst as cst
import pytest

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.tokens import credential_in, speaks_of_token, token_in
from tests.project.source.conftest import Project, argument

HEAD = """\
import os
from enum import Enum
from contextvars import ContextVar
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, OAuth2PasswordBearer
from pydantic import SecretStr
from pydantic_settings import BaseSettings

bearer = HTTPBearer()
scheme = OAuth2PasswordBearer(tokenUrl="login")
KEY = "Authorization"
current_token = ContextVar("current_token")
page = ContextVar("page")

class Kinds:
    TOKEN = "kind"

class Colours(Enum):
    TOKEN = 1

class Usage:
    token: int

class Settings(BaseSettings):
    model_key: str
    api_key: str
    name: str

settings = Settings()
"""

TOKENS = [
    ("request: Request", "request.headers['Authorization']"),
    ("request: Request", "request.headers.get('authorization')"),
    ("request: Request", "request.headers[KEY]"),
    ("request: Request", "request.headers.get(key='Authorization') or request.headers[KEY]"),
    ("request: Request", "request.headers['X-Access-Token']"),
    ("request: Request", "request.cookies['access_token']"),
    ("request: Request, name: str", "request.headers[name]"),
    ("request: Request", "f\"Bearer {request.headers['Authorization']}\""),
    ("request: Request", "{'a': [request.headers['Authorization']]}"),
    ("request: Request", "dict(request.headers)"),
    ("c: HTTPAuthorizationCredentials", "c.credentials"),
    ("a=Depends(scheme)", "a"),
    ("a=Depends(bearer)", "a.credentials"),
    ("access_token", "access_token"),
    ("access_token: str", "access_token"),
    ("token: str", "f'Bearer {token}'"),
    ("context", "context.access_token"),
    ("context", "context.auth"),
    ("context", "context['token']"),
    ("user", "user.get('access_token')"),
    ("token: SecretValue", "token.get_secret_value()"),
]
NONE = [
    ("request: Request", "request.headers['X-Request-ID']"),
    ("request: Request", "request.cookies.get('theme')"),
    ("request: Request", "request.url"),
    ("token: int", "token"),
    ("token: SecretStr", "token"),
    ("auth", "auth"),
    ("jwt", "jwt"),
    ("context", "context.user_id"),
    ("context", "context['name']"),
    ("rows", "rows['token']"),
    ("", "Kinds.TOKEN"),
    ("", "Colours.TOKEN"),
    ("kind", "kind or Kinds.TOKEN"),
    ("", "'token'"),
    ("usage: Usage", "usage.token"),
    ("usage: Usage", "usage"),
    ("tokens: int", "tokens"),
    ("max_token_count", "max_token_count"),
]


def source(params: str, expression: str) -> dict[str, str]:
    return {"main.py": f"{HEAD}\ndef handle({params}):\n    see({expression})\n"}


@pytest.mark.parametrize(("params", "expression"), TOKENS)
def test_tokens(project: Project, params: str, expression: str) -> None:
    code = project(source(params, expression))
    assert token_in(Anatomy(code), *argument(code)) is not None


@pytest.mark.parametrize(("params", "expression"), NONE)
def test_what_is_none(project: Project, params: str, expression: str) -> None:
    code = project(source(params, expression))
    assert token_in(Anatomy(code), *argument(code)) is None


def test_the_part_that_gives_it(project: Project) -> None:
    code = project(source("request: Request", "f'Bearer {request.headers[KEY]}'"))
    found = token_in(Anatomy(code), *argument(code))
    assert found is not None
    assert syntax.code(found.node) == "request.headers[KEY]"


CREDENTIALS = [
    ("request: Request", "request.headers['Authorization']"),
    ("", "settings.api_key"),
    ("settings", "settings.model_api_key"),
    ("", "os.environ['OPENAI_API_KEY']"),
    ("", "os.getenv('CLIENT_SECRET')"),
    ("", 'f\'{os.getenv("DB_PASSWORD", "")}\''),
    ("", "current_token.get()"),
]
NO_CREDENTIALS = [
    ("", "settings.name"),
    ("", "settings.model_key"),
    ("", "os.environ['HOME']"),
    ("", "os.getenv('OPENAI_BASE_URL')"),
    ("", "page.get()"),
    ("token", "token"),
    ("rows", "rows.api_key"),
    ("", "'api_key'"),
]


@pytest.mark.parametrize(("params", "expression"), CREDENTIALS)
def test_credentials(project: Project, params: str, expression: str) -> None:
    code = project(source(params, expression))
    assert credential_in(Anatomy(code), *argument(code)) is not None


@pytest.mark.parametrize(("params", "expression"), NO_CREDENTIALS)
def test_what_is_no_credential(project: Project, params: str, expression: str) -> None:
    """A name alone tells less of what a tool answers: it may be a token of text."""
    code = project(source(params, expression))
    assert credential_in(Anatomy(code), *argument(code)) is None


@pytest.mark.parametrize(
    ("text", "is_it"),
    [
        ("context.access_token", True),
        ("f(token=1)", True),
        ("headers(bearer)", True),
        ("'token'", False),
        ("max_tokens", False),
        ("tokenizer(text)", False),
    ],
)
def test_what_speaks_of_a_token(text: str, is_it: bool) -> None:
    assert speaks_of_token(cst.parse_expression(text)) is is_it
