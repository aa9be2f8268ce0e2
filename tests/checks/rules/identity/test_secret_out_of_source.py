"""A secret in the source is found however it gets to where tokens are signed, and no other text."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.identity.secret_out_of_source import secret_out_of_source
from tests.checks.rules.conftest import Findings

AUTH = """\
import hmac, jwt, os, secrets
import os as system
from os import environ, getenv as read
from fastapi import Request
from itsdangerous import URLSafeTimedSerializer as Signed
from jose import jwt as jose
from jwt import decode as verified
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings
from app.config import DEFAULT, OF_NOBODY, public_key, settings, the_secret
{top}
async def get_current_user(request: Request) -> str:
    # SECRET = "secret"
    token = request.headers["Authorization"]
    claims = {line}
    return claims["sub"]
"""
CONFIG = """\
import os
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings
DEFAULT = "dev-secret"
OF_NOBODY = os.environ["JWT_SECRET"]
class Settings(BaseSettings):
    jwt_secret: str = "change-me"
    field: str = Field("change-me", alias="JWT")
    hidden: SecretStr = Field(default=SecretStr("change-me"))
    required: str
    other: SecretStr
    name: str = "notes"
    unset: str = ""
settings = Settings()
def the_secret():
    return os.getenv("JWT_SECRET", DEFAULT)
def public_key():
    return "-----BEGIN PUBLIC KEY-----..."
"""
MAIN = """\
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware as Sessions
app = FastAPI()
{line}
"""
DECODE = 'jwt.decode(token, {}, algorithms=["HS256"])'
WRITTEN = {
    "straight": ("", '"secret"'),
    "in bytes": ("", 'b"secret"'),
    "a constant": ('SECRET = "secret"', "SECRET"),
    "a constant that is encoded": ('SECRET = "secret"', "SECRET.encode()"),
    "a default": ('SECRET = os.getenv("JWT_SECRET", "secret")', "SECRET"),
    "a default by keyword": ('SECRET = os.environ.get("S", default="secret")', "SECRET"),
    "an alias of the module": ('SECRET = system.environ.get("S", "secret")', "SECRET"),
    "an alias": ('SECRET = read("JWT_SECRET", "secret")', "SECRET"),
    "a name of the mapping": ('SECRET = environ.get("JWT_SECRET", "secret")', "SECRET"),
    "behind an or": ('SECRET = os.getenv("JWT_SECRET") or "secret"', "SECRET"),
    "one of two": ('SECRET = os.environ["S"] if "S" in os.environ else "secret"', "SECRET"),
    "a default by a constant": ('SECRET = os.getenv("JWT_SECRET", DEFAULT)', "SECRET"),
    "a helper of another file": ("", "the_secret()"),
    "a field": ("", "settings.jwt_secret"),
    "a field by Field": ("", "settings.field"),
    "a field that is hidden": ("", "settings.hidden.get_secret_value()"),
}
READ = {
    "the environment": ("", 'os.environ["JWT_SECRET"]'),
    "the environment, by a name": ("", "OF_NOBODY"),
    "no default": ('SECRET = os.getenv("JWT_SECRET")', "SECRET"),
    "an empty default": ('SECRET = os.getenv("JWT_SECRET", "")', "SECRET"),
    "made anew": ('SECRET = os.getenv("S") or secrets.token_hex()', "SECRET"),
    "a required field": ("", "settings.required"),
    "a required field that is hidden": ("", "settings.other.get_secret_value()"),
    "an empty field": ("", "settings.unset"),
    "a public key": ("", "public_key()"),
    "a file": ('SECRET = open("secret.txt").read()', "SECRET"),
    "refused": (
        'SECRET = os.getenv("S", "secret")\nif SECRET == "secret":\n    raise SystemExit',
        "SECRET",
    ),
    "refused, by its name": (
        'SECRET = os.getenv("S", DEFAULT)\nif SECRET == DEFAULT:\n    raise SystemExit',
        "SECRET",
    ),
    "refused, as one of some": (
        'SECRET = os.getenv("S", "secret")\nassert SECRET not in ("secret", "dev")',
        "SECRET",
    ),
    "a comment": ('SECRET = os.environ["S"]  # or "secret"', "SECRET"),
}
OTHER_WAYS = [
    'verified(token, "secret", ["HS256"])',
    'verified(jwt=token, key="secret", algorithms=["HS256"])',
    'jose.decode(token, "secret", algorithms=["HS256"])',
    'Signed("secret").loads(token)',
    'Signed(secret_key="secret", salt="x").loads(token)',
    'hmac.new(b"secret", token.encode(), "sha256")',
    '{"sub": jwt.encode({}, "secret", "HS256")}',
]
SESSIONS = [
    'app.add_middleware(Sessions, secret_key="secret")',
    'app = Sessions(app, "secret")',
    'app = FastAPI(middleware=[Middleware(Sessions, secret_key="secret")])',
    'KEY = "secret"\napp.add_middleware(Sessions, secret_key=KEY)',
]


def auth(line: str, top: str = "") -> dict[str, str]:
    source = AUTH.replace("{line}", line).replace("{top}", top)
    return {"app/auth.py": source, "app/config.py": CONFIG}


@pytest.mark.parametrize("name", WRITTEN)
def test_written(findings: Findings, name: str) -> None:
    top, given = WRITTEN[name]
    (found,) = findings(secret_out_of_source, auth(DECODE.format(given), top))
    assert "secret'" not in f"{found.evidence} {found.fix}"
    assert "change-me" not in found.evidence


@pytest.mark.parametrize("name", READ)
def test_read(findings: Findings, name: str) -> None:
    top, given = READ[name]
    assert not findings(secret_out_of_source, auth(DECODE.format(given), top))


@pytest.mark.parametrize("line", OTHER_WAYS)
def test_other_ways_to_sign(findings: Findings, line: str) -> None:
    assert len(findings(secret_out_of_source, auth(line))) == 1
    assert not findings(secret_out_of_source, auth(line.replace('"secret"', "settings.required")))


@pytest.mark.parametrize("line", SESSIONS)
def test_sessions(findings: Findings, line: str) -> None:
    assert len(findings(secret_out_of_source, {"app/main.py": MAIN.format(line=line)})) == 1


@pytest.mark.parametrize(
    "line",
    [
        "app.add_middleware(Sessions, secret_key=os.environ['S'])",
        'app.add_middleware(Other, secret_key="secret")',
        'app.add_middleware(Sessions, secret_key=KEY, session_cookie="notes")',
        'headers = {"X-Key": "secret"}',
        'print("secret")',
    ],
)
def test_no_secret_of_a_session(findings: Findings, line: str) -> None:
    assert not findings(secret_out_of_source, {"app/main.py": MAIN.format(line=line)})


def test_told_once_where_it_is_written(findings: Findings) -> None:
    line = "jwt.decode(token, settings.jwt_secret) if jwt.encode({}, settings.jwt_secret) else {}"
    (found,) = findings(secret_out_of_source, auth(line))
    assert found.where == "app/config.py:7"
