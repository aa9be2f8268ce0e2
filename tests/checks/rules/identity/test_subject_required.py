"""A token that names nobody and is taken is found; one that is refused is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.identity.subject_required import subject_required

Findings = Callable[..., list[Finding]]
AUTH = """\
import jwt
from fastapi import HTTPException, Request
async def get_current_user(request: Request) -> str:
    try:
        claims = jwt.decode(request.headers["Authorization"], KEY, algorithms=["HS256"]{options})
    except jwt.InvalidTokenError:
        raise HTTPException(401)
    {lines}
"""


@pytest.mark.parametrize(
    "lines",
    [
        'return claims.get("sub")',
        'return User(id=claims.get("user_id"))',
        'user = claims.get("sub")\n    return user',
    ],
)
def test_found(findings: Findings, lines: str) -> None:
    auth = AUTH.format(options="", lines=lines)
    (finding,) = findings(subject_required, {"app/auth.py": auth})
    assert finding.where == "app/auth.py:8"


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        (', options={"require": ["exp", "sub"]}', 'return claims.get("sub")'),
        ("", 'return claims["sub"]'),
        ("", 'return claims.get("sub") or refuse()'),
        ("", 'user = claims.get("sub")\n    if user is None: raise HTTPException(401)'),
        ("", 'user = claims.get("sub")\n    return await find(user)'),
    ],
)
def test_quiet(findings: Findings, options: str, lines: str) -> None:
    auth = AUTH.format(options=options, lines=lines)
    assert not findings(subject_required, {"app/auth.py": auth})


def test_quiet_where_another_function_refuses(findings: Findings) -> None:
    lines = 'return claims.get("sub")\nasync def get_user(user=Depends(read)): pass'
    auth = AUTH.format(options="", lines=lines).replace("get_current_user", "read")
    auth = auth.replace("async def get_user", "async def get_current_user")
    auth = auth.replace(": pass", ":\n    if not user: raise HTTPException(401)")
    auth = auth.replace("import HTTPException", "import Depends, HTTPException")
    assert not findings(subject_required, {"app/auth.py": auth})
