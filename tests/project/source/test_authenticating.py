"""Whether code verifies who is calling is told by what it does, and not by what it is called."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.authenticating import (
    compares_credential,
    refuses,
    verifies_token,
)
from chatkit_agent.project.source.scope import Scope
from tests.project.source.conftest import Project

HEAD = """\
import hmac, jwt, outside
from fastapi import Depends, HTTPException
"""


def asked(project: Project, source: str) -> tuple[Anatomy, Scope]:
    chat = Anatomy(project({"main.py": HEAD + source}))
    return chat, next(each for each in chat.code.functions if each.name == "ask")


@pytest.mark.parametrize(
    "source",
    [
        "def ask(token):\n    return jwt.decode(token, KEY)\n",
        "def read(token):\n    return jwt.decode(token, KEY)\n"
        "def ask(token):\n    return read(token)\n",
        "def ask(token):\n    return outside.verify_token(token)\n",
        "def read(token):\n    return jwt.decode(token, KEY)\ndef ask(user=Depends(read)): ...\n",
        "def ask(user=Depends(outside.current_user)): ...\n",
        "def read(request):\n    user = SESSIONS.get(request.cookies['token'])\n    if not user:\n"
        "        raise HTTPException(401)\n    return user\n"
        "def ask(request):\n    return read(request)\n",
    ],
)
def test_verifies_token(project: Project, source: str) -> None:
    assert verifies_token(*asked(project, source))


@pytest.mark.parametrize(
    "source",
    [
        "def ask(request):\n    return request.headers['x-user']\n",
        "def get_user(name):\n    return name\ndef ask(request):\n    return get_user(1)\n",
        "def ask(token):\n    # jwt.decode(token)\n    return 'jwt.decode'\n",
        "def read(request):\n    if not request.headers.get('authorization'):\n"
        "        raise HTTPException(401)\ndef ask(request):\n    read(request)\n",
        "def ask(session):\n    return session.get(1)\n",
        "def ask(user=Depends(read)): ...\ndef read(token):\n    return token\n",
    ],
)
def test_verifies_nothing(project: Project, source: str) -> None:
    assert not verifies_token(*asked(project, source))


@pytest.mark.parametrize(
    ("line", "is_it"),
    [
        ("if not TOKENS.get(token): raise HTTPException(401)", True),
        ("if not token: raise HTTPException(status_code=403)", True),
        ("if not row: raise HTTPException(401, 'no token')", False),
        ("if not token: raise HTTPException(404)", False),
        ("return token", False),
    ],
)
def test_refuses(project: Project, line: str, is_it: bool) -> None:
    _, scope = asked(project, f"def ask(given):\n    {line}\n")
    assert refuses(scope) is is_it


@pytest.mark.parametrize(
    ("line", "is_it"),
    [
        ("if token != KEY: raise HTTPException(401)", True),
        ("if not hmac.compare_digest(token, KEY): raise HTTPException(401)", True),
        ("if token is None: raise HTTPException(401)", False),
        ("if token == '': raise HTTPException(401)", False),
        ("if row != KEY: raise ValueError", False),
    ],
)
def test_compares_credential(project: Project, line: str, is_it: bool) -> None:
    _, scope = asked(project, f"def ask(token, row):\n    {line}\n")
    assert compares_credential(scope) is is_it
