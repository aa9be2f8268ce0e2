"""What outlives a call, and what a function writes there."""

from __future__ import annotations

import libcst as cst
import pytest

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.shared_places import place_of, written_in
from tests.project.source.conftest import Project

STATE = "CURRENT = None\nSTATE = {}\n"
MAIN = """\
import threading
import app.state as state
from app.state import CURRENT, STATE
from fastapi import FastAPI
api = FastAPI()
LOCAL, KEY, WHO = threading.local(), "user", None
class Base:
    last = None
class Server(Base):
    def __init__(self):
        self.user = None
server = Server()
def handle(request, thread, name):
    global WHO
    WHO = name
    own = {}
    %s
"""


def of(project: Project, line: str) -> tuple[Anatomy, Scope]:
    code = project({"app/state.py": STATE, "main.py": MAIN % line})
    return Anatomy(code), next(each for each in code.functions if each.name == "handle")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("WHO", "WHO"),
        ("CURRENT", "CURRENT"),
        ("state.CURRENT", "CURRENT"),
        ("STATE['user']", "user"),
        ("STATE[KEY]", "user"),
        ("STATE.get('user')", "user"),
        ("server.user", "user"),
        ("getattr(server, 'user')", "user"),
        ("Server.last", "last"),
        ("LOCAL.user", "user"),
        ("request.app.state.user", "user"),
        ("api.state.user", "user"),
        ("own", None),
        ("own['user']", None),
        ("STATE[name]", None),
        ("request.state.user", None),
        ("thread.user", None),
        ("name", None),
        ("threading.local", None),
    ],
)
def test_what_a_place_is(project: Project, written: str, name: str | None) -> None:
    chat, scope = of(project, "pass")
    place = place_of(chat, scope, cst.parse_expression(written))
    assert (place.name if place else None) == name


def test_a_place_is_the_same_by_every_name(project: Project) -> None:
    chat, scope = of(project, "pass")
    init = next(each for each in chat.code.functions if each.name == "Server.__init__")
    own = place_of(chat, init, cst.parse_expression("self.user"))
    assert own == place_of(chat, scope, cst.parse_expression("server.user"))


@pytest.mark.parametrize(
    ("line", "targets"),
    [
        ("server.user = name", ["server.user"]),
        ("server.user: str = name", ["server.user"]),
        ("a, b = name, 1", ["a", "b"]),
        ("a, (b, c) = name", ["a", "b", "c"]),
        ("setattr(server, 'user', name)", ["server.user"]),
        ("STATE.update(user=name)", ["STATE['user']"]),
        ("STATE.update({KEY: name})", ["STATE[KEY]"]),
        ("setattr(server, name, name)", []),
        ("STATE.get(name)", []),
    ],
)
def test_what_is_written(project: Project, line: str, targets: list[str]) -> None:
    _, scope = of(project, line)
    found = [syntax.code(target) for _, target, _ in written_in(scope)]
    assert found[2:] == targets
