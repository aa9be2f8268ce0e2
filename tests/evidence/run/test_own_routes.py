"""A real application's routes are seen to be called as the person who asks, or not to be."""

from __future__ import annotations

import sys
from pathlib import Path

from chatkit_agent.checks.verification import verify
from chatkit_agent.evidence.run.gathering import call_marked_route
from chatkit_agent.evidence.run.overlays import prepare_python
from chatkit_agent.evidence.run.staging import set_stage
from chatkit_agent.evidence.run.subject import Subject
from chatkit_agent.options.options import RequestedOptions, choose
from chatkit_agent.project.read import read_project
from chatkit_agent.sandbox.ending import folder_of_run

from ...checking import add, copied

SENT = 'headers = [(name, value) for name, value in own["headers"] if name not in OF_THE_MESSAGE]'
HEALTHY = {(True, True, False)}
FAULTS = {
    "headers = []": (True, False, False),
    "headers = SEEN.setdefault('first', list(own['headers']))": (True, False, True),
}


def seen(root: Path) -> set[tuple[bool, bool, bool]]:
    """Of the calls as each person: offered, their own answer, somebody else's."""
    project = read_project(root)
    options = choose(project, RequestedOptions())
    subject = Subject(project, options, python=sys.executable)
    python = prepare_python(project, sys.executable, subject.progress)
    with folder_of_run() as folder, set_stage(subject, *python, folder) as stage:
        calls = call_marked_route(stage, stage.signed_in)
    assert isinstance(calls, tuple), calls
    return {(each.is_offered, each.is_own, each.is_foreign) for each in calls}


def test_the_whole_check_calls_routes_as_who_asks(tmp_path: Path) -> None:
    root = add(copied("oauth_user", tmp_path), tools="routes")
    (check,) = verify(root, python=Path(sys.executable), select=("CK218",)).checks
    assert check.findings == ()


SESSION = """
from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel

app = FastAPI()


@app.middleware("http")
async def sessions(request: Request, call_next):
    request.scope["session"] = {}
    return await call_next(request)


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
    (tmp_path / "requirements.txt").write_text("fastapi\n")
    assert seen(add(tmp_path, tools="routes")) == HEALTHY


def test_a_fault_is_seen_and_nothing_where_there_is_none(tmp_path: Path) -> None:
    root = add(copied("module_level", tmp_path), tools="routes")
    assert seen(root) == HEALTHY
    (code,) = root.rglob("route_call.py")
    text = code.read_text()
    assert text.count(SENT) == 1
    for fault, outcome in FAULTS.items():
        code.write_text(text.replace(SENT, fault) + "\n\nSEEN: dict[str, Any] = {}\n")
        assert outcome in seen(root)
