"""A real application's routes are seen to be called as the person who asks, or not to be."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from chatkit_agent.checks.rules.mcp.routes_called_as_user import routes_called_as_user
from chatkit_agent.checks.verification import verify

from ...checking import add, copied

SENT = 'headers = [(name, value) for name, value in own["headers"] if name not in OF_THE_MESSAGE]'
FAULTS = {
    "headers = []": "was not called as the person",
    "headers = SEEN.setdefault('first', list(own['headers']))": "reached another",
}


def problems(root: Path) -> list[str]:
    (check,) = verify(root, python=Path(sys.executable), select=("CK218",)).checks
    assert check.name == routes_called_as_user.name
    return [finding.what for finding in check.findings]


@pytest.mark.parametrize("project", ["module_level", "oauth_user"])
def test_routes_are_called_as_who_asks(tmp_path: Path, project: str) -> None:
    assert problems(add(copied(project, tmp_path), tools="routes")) == []


SESSION = """
from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel
from starlette.middleware.sessions import SessionMiddleware

app = FastAPI()
app.add_middleware(SessionMiddleware, secret_key="of this test")


class User(BaseModel):
    id: int


def signed_in(request: Request) -> User:
    if "member" not in request.session:
        raise HTTPException(401)
    return User(id=request.session["member"])


@app.get("/issues")
def issues(me: User = Depends(signed_in)) -> list[int]:
    return [me.id]
"""


def test_who_is_known_by_a_session_is_who_asks(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(SESSION)
    (tmp_path / "requirements.txt").write_text("fastapi\nitsdangerous\n")
    assert problems(add(tmp_path, tools="routes")) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(tmp_path: Path, fault: str) -> None:
    root = add(copied("module_level", tmp_path), tools="routes")
    (code,) = root.rglob("route_call.py")
    text = code.read_text()
    assert text.count(SENT) == 1
    code.write_text(text.replace(SENT, fault) + "\n\nSEEN: dict[str, Any] = {}\n")
    assert any(FAULTS[fault] in problem for problem in problems(root))
