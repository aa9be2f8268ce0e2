"""An audience or issuer that is known and not checked is found; one that is checked is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.identity.tokens_for_us import tokens_for_us

Findings = Callable[..., list[Finding]]
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
