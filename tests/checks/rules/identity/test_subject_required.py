"""A token that names nobody and is taken is found; one that is refused is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.identity.subject_required import subject_required
from tests.checks.rules.conftest import Findings

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
        ("", 'user = claims.get("sub", "")\n    if not user: raise HTTPException(401)'),
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


def auth(
    line: str = 'return claims.get("sub")',
    options: str = "",
    top: str = "",
    more: str = "",
    returns: str = " -> str",
    **files: str,
) -> dict[str, str]:
    """A sign-in that reads a token, and what it does with its claims."""
    source = AUTH.format(options=options, lines=f"{line}\n{more}").replace(" -> str", returns)
    return {"app/auth.py": f"{top}\n{source}", **files}


SPELLINGS = [
    ("straight", auth(), True),
    ("const key", auth("return claims.get(CLAIM)", top='CLAIM = "sub"'), True),
    ("default None", auth('return claims.get("sub", None)'), True),
    ("default empty", auth('return claims.get("sub", "")'), True),
    ("var", auth('user = claims.get("sub")\n    return user'), True),
    (
        "kw object",
        auth(
            'return User(id=claims.get("sub"))',
            top="class User:\n    def __init__(self, id): self.id = id",
            returns="",
        ),
        True,
    ),
    ("dict", auth('return {"id": claims.get("sub")}', returns=" -> dict"), True),
    ("str()", auth('return str(claims.get("sub"))'), True),
    (
        "logged only",
        auth(
            'user = claims.get("sub")\n    logger.info("user %s", user)\n    return user',
            top="import logging\nlogger = logging.getLogger()",
        ),
        True,
    ),
    ("email", auth('return claims.get("email")'), True),
    (
        "helper reads",
        auth("return who(claims)", more='def who(claims):\n    return claims.get("sub")'),
        True,
    ),
    (
        "helper reads other file",
        auth(
            "return who(claims)",
            top="from app.claims import who",
            **{"app/claims.py": 'def who(claims):\n    return claims.get("sub")\n'},
        ),
        True,
    ),
    (
        "get from other dict",
        auth('return claims["sub"]', top='def see(form):\n    return form.get("sub")'),
        False,
    ),
    ("require", auth(options=', options={"require": ["sub"]}'), False),
    (
        "require const",
        auth(options=", options=OPTIONS", top='OPTIONS = {"require": ["exp", "sub"]}'),
        False,
    ),
    (
        "if not",
        auth(
            'user = claims.get("sub")\n    if not user: raise HTTPException(401)\n    return user'
        ),
        False,
    ),
    (
        "walrus",
        auth('if not (user := claims.get("sub")): raise HTTPException(401)\n    return user'),
        False,
    ),
    (
        "or refuse",
        auth(
            'return claims.get("sub") or refuse()',
            more="def refuse():\n    raise HTTPException(401)",
        ),
        False,
    ),
    (
        "helper refuses",
        auth(
            'return known(claims.get("sub"))',
            more="def known(user):\n    if user is None:\n        raise HTTPException(401)\n    return user",
        ),
        False,
    ),
    (
        "helper name refuses",
        auth(
            'user = claims.get("sub")\n    return known(user)',
            more="def known(user):\n    if user is None:\n        raise HTTPException(401)\n    return user",
        ),
        False,
    ),
    (
        "match",
        auth(
            'user = claims.get("sub")\n    match user:\n        case None: raise HTTPException(401)\n    return user'
        ),
        False,
    ),
    ("assert", auth('user = claims.get("sub")\n    assert user\n    return user'), False),
    (
        "in claims",
        auth('if "sub" not in claims: raise HTTPException(401)\n    return claims.get("sub")'),
        False,
    ),
    (
        "comment refuses",
        auth('user = claims.get("sub")  # raise 401 if not user\n    return user'),
        True,
    ),
    ("index", auth('return claims["sub"]'), False),
    (
        "looked up",
        auth(
            'user = await db.get(claims.get("sub"))\n    if user is None: raise HTTPException(401)\n    return user.id'
        ),
        False,
    ),
    (
        "pydantic",
        auth(
            "return Claims(**claims).sub",
            top="from pydantic import BaseModel\nclass Claims(BaseModel):\n    sub: str",
        ),
        False,
    ),
    ("get beside index", auth('name = claims.get("sub")\n    return claims["uid"]'), False),
]


@pytest.mark.parametrize(("name", "files", "is_found"), SPELLINGS, ids=[e[0] for e in SPELLINGS])
def test_spelled_otherwise(
    findings: Findings, name: str, files: dict[str, str], is_found: bool
) -> None:
    assert bool(findings(subject_required, files)) == is_found


@pytest.mark.parametrize(
    "lines", ['return claims.get("sub", "guest")', 'return claims.get("sub") or "guest"']
)
def test_all_of_them_have_one_name(findings: Findings, lines: str) -> None:
    auth = AUTH.format(options="", lines=lines)
    (finding,) = findings(subject_required, {"app/auth.py": auth})
    assert 'the user is "guest"' in finding.what


MOUNTED = """\
from app.auth import get_current_user
from app.services.chatkit_server import create_chatkit_router
app.include_router(create_chatkit_router(current_user=get_current_user{user_id}))
"""


@pytest.mark.parametrize(
    ("line", "user_id", "is_found"),
    [
        ('return claims.get("sub")', "", False),
        ('return User(claims.get("sub"))', ", user_id=lambda user: user.id", False),
        ('return User(claims.get("sub"))', ", user_id=lambda user: str(user.id)", True),
        ('return claims.get("sub", "anonymous")', "", True),
    ],
)
def test_a_delivered_chat_refuses_who_has_no_id(
    findings: Findings, line: str, user_id: str, is_found: bool
) -> None:
    files = {
        "app/auth.py": AUTH.format(options="", lines=line),
        "app/mounted.py": MOUNTED.format(user_id=user_id),
    }
    assert bool(findings(subject_required, files)) == is_found
