"""Where a value comes from is followed through helpers, objects and what FastAPI fills in."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.meaning import entries_of
from chatkit_agent.project.source.origins import origins
from tests.project.source.conftest import Project, argument

MORE = """\
import jwt
NAME = "x-who"
def read(request, name=NAME):
    return request.headers.get(name)
def verified(token):
    return jwt.decode(token, "k", algorithms=["HS256"])
"""
HEAD = """\
import base64, json, jwt
from dataclasses import dataclass
from starlette.requests import Request
import more
@dataclass
class User:
    id: str
    role: str = "reader"
class Box:
    def __init__(self, value):
        self.value = value
def take(request: Request):
    see({given})
"""


@pytest.mark.parametrize(
    ("given", "kinds"),
    [
        ("'a'", {"constant"}),
        ("more.NAME", {"constant"}),
        ("f'{more.NAME}-1'", {"constant"}),
        ("request.headers['x-who']", {"client x-who"}),
        ("more.read(request)", {"client x-who"}),
        ("more.read(request, 'x-me').strip()", {"client x-me"}),
        ("str(request.query_params.get('u') or 'guest')", {"client u"}),
        ("User(request.cookies['u']).id", {"client u"}),
        ("User(request.cookies['u']).role", {"constant"}),
        ("Box(more.read(request)).value", {"client x-who"}),
        ("{'id': request.headers['a'], 'b': 1}['id']", {"client a"}),
        ("request.headers['a'] if flag else request.headers['b']", {"client a", "client b"}),
        ("more.verified(request.headers['t'])['sub']", {"verified"}),
        ("jwt.decode(t, options={'verify_signature': False})", {"unverified"}),
        ("json.loads(base64.b64decode(request.headers['t'].split('.')[1]))", {"unverified"}),
        ("rows.find(request.headers['x-who'])", {"client x-who"}),
        ("rows.find(request.headers['authorization'])", {"unknown"}),
        ("signer.unsign(request.cookies['u'])", {"unknown"}),
        ("response.headers['x-who']", {"unknown"}),
        ("None", set()),
        ("anything()", {"unknown"}),
    ],
)
def test_origins(project: Project, given: str, kinds: set[str]) -> None:
    code = project({"main.py": HEAD.replace("{given}", given), "more.py": MORE})
    found = origins(Anatomy(code), *argument(code))
    assert {f"{each.kind} {each.key}".strip() for each in found} == kinds


@pytest.mark.parametrize(
    ("main", "keys"),
    [
        ("see({'a': 1, 'b': 2})", {"a", "b"}),
        ("BASE = {'a': 1}\nsee({**BASE, 'b': 2})", {"a", "b"}),
        ("BASE = {'a': 1}\nsee(dict(BASE, b=2))", {"a", "b"}),
        ("BASE = {'a': 1}\nsee(BASE | {'b': 2})", {"a", "b"}),
        ("def f():\n    own = {'a': 1}\n    own['b'] = 2\n    see(own)", {"a", "b"}),
        ("def f(own):\n    see(own)\nf({'a': 1})", {"a"}),
        ("def f(own):\n    see(own)\nf({'a': 1})\nf({'b': 1})", set()),
        ("see(unknown)", set()),
        ("see('a: 1')  # {'a': 1}", set()),
    ],
)
def test_entries(project: Project, main: str, keys: set[str]) -> None:
    code = project({"main.py": main})
    assert set(entries_of(code, *argument(code))) == keys
