"""A sign-in that takes expired tokens is found; one that looks by itself, or no sign-in, is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.identity.tokens_expire import tokens_expire
from tests.checks.rules.conftest import MAIN, Findings

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


STATE = """\
from fastapi import Request
async def get_current_user(request: Request) -> str:
    return request.state.user
"""
IN_FRONT = """\
import jwt
class SignIn:
    def __init__(self, app):
        self.app = app
    async def __call__(self, scope, receive, send):
        claims = jwt.decode(token_of(scope), KEY, algorithms=["HS256"], options=OPTIONS)
        {leave}
        await self.app(scope, receive, send)
OPTIONS = {options}
"""


@pytest.mark.parametrize("options", ['{"verify_exp": False}', "dict(verify_exp=False)"])
@pytest.mark.parametrize(
    "leave",
    [
        'scope.setdefault("state", {})["user"] = claims["sub"]',
        'scope["state"]["user"] = claims["sub"]',
    ],
)
def test_found_in_a_middleware_that_leaves_the_user(
    findings: Findings, leave: str, options: str
) -> None:
    signing = IN_FRONT.replace("{leave}", leave).replace("{options}", options)
    main = f"{MAIN}\nfrom app.front import SignIn\napp.add_middleware(SignIn)\n"
    files = {"app/auth.py": STATE, "app/front.py": signing, "app/main.py": main}
    (finding,) = findings(tokens_expire, files)
    assert finding.where == "app/front.py:6"
    assert not findings(tokens_expire, {**files, "app/auth.py": AUTH_ELSEWHERE})


AUTH_ELSEWHERE = "async def get_current_user(user: str = Depends(known)) -> str:\n    return user\n"
"""What such a middleware leaves is read by nobody here."""
