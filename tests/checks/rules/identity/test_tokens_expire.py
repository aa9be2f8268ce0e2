"""A sign-in that takes expired tokens is found; one that looks by itself, or no sign-in, is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.identity.tokens_expire import tokens_expire
from tests.checks.rules.conftest import Findings

AUTH = """\
import jwt
from fastapi import Request
async def get_current_user(request: Request) -> str:
    return read(request.headers["Authorization"])
def read(token):
    claims = jwt.decode(token, KEY, algorithms=["HS256"], options={options})
    {more}
    return claims["sub"]
"""


@pytest.mark.parametrize(
    "options", ['{"verify_exp": False}', "{'verify_exp': False, 'require': []}"]
)
def test_found(findings: Findings, options: str) -> None:
    auth = AUTH.replace("{options}", options).replace("{more}", "pass")
    (finding,) = findings(tokens_expire, {"app/auth.py": auth})
    assert finding.where == "app/auth.py:6"


@pytest.mark.parametrize(
    ("options", "more"),
    [
        ('{"require": ["exp"]}', "pass"),
        ('{"verify_exp": False}', 'check(claims["exp"])'),
        ("None", "pass"),
    ],
)
def test_quiet(findings: Findings, options: str, more: str) -> None:
    auth = AUTH.replace("{options}", options).replace("{more}", more)
    assert not findings(tokens_expire, {"app/auth.py": auth})


SIGNING = """\
import jwt
from fastapi import Request
def create_access_token(user):
    claims = {claims}
    return jwt.encode(claims, KEY)
async def get_current_user(request: Request) -> str:
    return jwt.decode(request.headers["Authorization"], KEY, algorithms=["HS256"])["sub"]
"""
AUTHLIB = """\
from {library} import jwt
from fastapi import Request
async def get_current_user(request: Request) -> str:
    claims = jwt.decode(request.headers["Authorization"], KEY)
    {more}
    return claims["sub"]
"""


def test_tokens_that_are_signed_without_an_end(findings: Findings) -> None:
    auth = SIGNING.format(claims='{"sub": user.id}')
    (finding,) = findings(tokens_expire, {"app/auth.py": auth})
    assert finding.where == "app/auth.py:7"
    assert "app/auth.py:5" in finding.evidence


@pytest.mark.parametrize("claims", ['{"sub": user.id, "exp": END}', "dict(user)", "{**user}"])
def test_quiet_where_they_have_one_or_may_have(findings: Findings, claims: str) -> None:
    assert not findings(tokens_expire, {"app/auth.py": SIGNING.format(claims=claims)})


@pytest.mark.parametrize("library", ["authlib.jose", "joserfc"])
def test_libraries_that_do_not_look_by_themselves(findings: Findings, library: str) -> None:
    auth = AUTHLIB.format(library=library, more="pass")
    (finding,) = findings(tokens_expire, {"app/auth.py": auth})
    assert finding.where == "app/auth.py:4"
    auth = AUTHLIB.format(library=library, more="claims.validate()")
    assert not findings(tokens_expire, {"app/auth.py": auth})


def test_options_with_a_name(findings: Findings) -> None:
    auth = AUTH.replace("{options}", "OPTIONS").replace("{more}", "pass")
    auth = f'OPTIONS = {{"verify_exp": False}}\n{auth}'
    assert findings(tokens_expire, {"app/auth.py": auth})


def test_quiet_where_no_request_is_signed_in_by_it(findings: Findings) -> None:
    decode = "jwt.decode(link, KEY, options={'verify_exp': False})"
    other = f"import jwt\nimport chatkit\ndef read(link):\n    return {decode}\n"
    assert not findings(tokens_expire, {"app/links.py": other})
