"""An audience or issuer that is known and not checked is found; one that is checked is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.identity.tokens_for_us import tokens_for_us
from tests.checks.rules.conftest import Findings

AUTH = """\
{imported}
from fastapi import Request
from app.config import settings
async def get_current_user(request: Request) -> str:
    token = request.headers["Authorization"]
    claims = {decode}
    {more}
    return claims["sub"]
"""
SETTINGS = """\
from dataclasses import dataclass
@dataclass
class Settings:
    jwks_url: str
    auth0_audience: str = ""
    auth0_issuer: str = ""
settings = Settings("https://example.com")
"""
PYJWT, JOSE = "import jwt", "from jose import jwt"
AUTHLIB = "from authlib.jose import JsonWebToken\njwt = JsonWebToken(['RS256'])"
RS = 'algorithms=["RS256"]'


def found(findings: Findings, imported: str, decode: str, settings: str, more: str = "pass") -> str:
    auth = AUTH.format(imported=imported, decode=decode, more=more)
    all_found = findings(tokens_for_us, {"app/auth.py": auth, "app/config.py": settings})
    return " ".join(f"{each.severity}: {each.evidence}" for each in all_found)


@pytest.mark.parametrize(
    ("imported", "decode", "told"),
    [
        (PYJWT, f"jwt.decode(token, KEY, {RS})", "warning: `auth0_issuer` is set"),
        (PYJWT, f"jwt.decode(token, KEY, {RS}, audience=A)", "warning: `auth0_issuer` is set"),
        (
            JOSE,
            f'jwt.decode(token, KEY, {RS}, options={{"verify_aud": False}})',
            "warning: `auth0_audience` is set",
        ),
        (AUTHLIB, "jwt.decode(token, KEY)", "warning: `auth0_audience` is set"),
    ],
)
def test_what_is_configured_and_not_given(
    findings: Findings, imported: str, decode: str, told: str
) -> None:
    assert found(findings, imported, decode, SETTINGS).startswith(told)


def test_an_audience_that_is_not_looked_at(findings: Findings) -> None:
    options = "options=dict(verify_aud=False), issuer=I"
    told = found(findings, PYJWT, f"jwt.decode(token, KEY, {RS}, {options})", "settings = 1\n")
    assert told == "info: `jwt.decode` is told not to look at `aud`."


@pytest.mark.parametrize(
    ("decode", "more"),
    [
        (f"jwt.decode(token, KEY, {RS}, audience=A, issuer=settings.auth0_issuer)", "pass"),
        (f"jwt.decode(token, KEY, {RS}, **checks)", "pass"),
        ('jwt.decode(token, KEY, algorithms=["HS256"])', "pass"),
        (f"jwt.decode(token, KEY, {RS})", 'assert claims["iss"] == settings.auth0_issuer'),
        (f"jwt.decode(token, KEY, {RS})", "check_issuer(claims)"),
    ],
)
def test_quiet(findings: Findings, decode: str, more: str) -> None:
    assert not found(findings, PYJWT, decode, SETTINGS, more)


def test_quiet_without_such_a_setting(findings: Findings) -> None:
    assert not found(findings, PYJWT, f"jwt.decode(token, KEY, {RS})", "settings = 1\n")


def test_quiet_where_the_application_signs_its_own_tokens(findings: Findings) -> None:
    more = "jwt.encode(claims, KEY)"
    decode = f'jwt.decode(token, KEY, {RS}, options={{"verify_aud": False}})'
    assert not found(findings, PYJWT, decode, SETTINGS, more)


READING = """\
import jwt
from fastapi import Request
{top}
async def get_current_user(request: Request) -> str:
    claims = jwt.decode(request.headers["Authorization"], KEY, algorithms=["RS256"]{options})
    {line}
    return claims["sub"]
{more}
"""
CONF = """\
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    jwt_issuer: str = "https://id.example"
settings = Settings()
"""


def iss(
    line: str = "pass",
    options: str = "",
    top: str = "",
    more: str = "",
    conf: str | None = CONF,
    **files: str,
) -> dict[str, str]:
    """A sign-in, with an issuer among the settings."""
    source = READING.format(line=line, options=options, top=top, more=more)
    return {"app/auth.py": source, **({"app/conf.py": conf} if conf else {}), **files}


SPELLINGS = [
    ("straight", iss(), True),
    ("comment speaks of iss", iss('pass  # we look at "iss" later'), True),
    ("docstring speaks of iss", iss('"""We look at "iss" later."""'), True),
    ("constant", iss(conf='JWT_ISSUER = "https://id.example"\n'), True),
    (
        "given",
        iss(options=", issuer=settings.jwt_issuer", top="from app.conf import settings"),
        False,
    ),
    (
        "given alias",
        iss(options=", issuer=s.jwt_issuer", top="from app.conf import settings as s"),
        False,
    ),
    (
        "given spread",
        iss(options=', **{"issuer": settings.jwt_issuer}', top="from app.conf import settings"),
        False,
    ),
    (
        "compared",
        iss(
            'if claims["iss"] != settings.jwt_issuer: raise ValueError',
            top="from app.conf import settings",
        ),
        False,
    ),
    (
        "compared const key",
        iss(
            "if claims[ISS] != settings.jwt_issuer: raise ValueError",
            top='from app.conf import settings\nISS = "iss"',
        ),
        False,
    ),
    ("compared get", iss('if claims.get("iss") != "https://id.example": raise ValueError'), False),
    (
        "helper compares",
        iss("look(claims)", more='def look(c):\n    if c["iss"] != "x": raise ValueError'),
        False,
    ),
    (
        "helper other file",
        iss(
            "look(claims)",
            top="from app.looking import look",
            **{"app/looking.py": 'def look(c):\n    if c["iss"] != "x": raise ValueError\n'},
        ),
        False,
    ),
    ("none set", iss(conf=None), False),
    ("signs itself", iss(top='def sign(u):\n    return jwt.encode({"sub": u}, KEY)'), False),
    ("other encode", iss(top='def pack(text):\n    return codec.encode(text, "utf-8")'), True),
    (
        "setting used elsewhere",
        iss(**{"app/other.py": "from app.conf import settings\nprint(settings.jwt_issuer)\n"}),
        False,
    ),
    ("setting in test only", iss(**{"tests/test_a.py": "JWT_ISSUER = 1\n"}, conf=None), False),
]


@pytest.mark.parametrize(("name", "files", "is_found"), SPELLINGS, ids=[e[0] for e in SPELLINGS])
def test_spelled_otherwise(
    findings: Findings, name: str, files: dict[str, str], is_found: bool
) -> None:
    assert bool(findings(tokens_for_us, files)) == is_found
