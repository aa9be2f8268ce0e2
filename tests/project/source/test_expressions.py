"""Parts: what an expression may stand for where it is, and which part of a request it is."""

from __future__ import annotations

import libcst as cst
import pytest

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.expressions import Origin, Part, Parts, assigned, inside
from tests.project.source.conftest import Project, argument


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("await a", ["a"]),
        ("(a := b)", ["b"]),
        ("a or b", ["a", "b"]),
        ("a + b", ["a", "b"]),
        ("'a' 'b'", ["'a'", "'b'"]),
        ("a == b", ["a", "b"]),
        ("a if b else c", ["a", "c"]),
        ("(a, b)", ["a", "b"]),
        ("[a, *b]", ["a", "b"]),
        ("{'a': b, **c}", ["b", "c"]),
        ("f'{a}text{b.c}'", ["a", "b.c"]),
        ("a", []),
        ("f(a)", []),
        ("a.b", []),
        ("'a'", []),
    ],
)
def test_what_an_expression_is_made_of(code: str, parts: list[str]) -> None:
    assert [syntax.code(each) for each in inside(cst.parse_expression(code))] == parts


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("a = b", ["b"]),
        ("a: int = b", ["b"]),
        ("a = c = b", ["b"]),
        ("a, c = b()", ["b()"]),
        ("a, c = b, d", ["b"]),
        ("a = b\n    a = c", ["b", "c"]),
        ("c = a", []),
        ("x.a = b", []),
        ("# a = b\n    ...", []),
        ("def g(): a = b", []),
    ],
)
def test_what_a_name_is_given(project: Project, line: str, values: list[str]) -> None:
    code = project({"main.py": f"def f():\n    {line}\n"})
    scope = next(each for each in code.scopes if each.name == "f")
    assert [syntax.code(each) for each in assigned(scope, "a")] == values


def part_in(project: Project, source: str) -> tuple[Parts, Part]:
    code = project({"main.py": source})
    return Parts(Anatomy(code)), Part(*argument(code))


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("def f():\n    a = 1\n    see(a)", ["1"]),
        ("def f(x):\n    if x: a = 1\n    else: a = 2\n    see(a)", ["1", "2"]),
        ("a = 1\ndef f():\n    see(a)", ["1"]),
        ("a = 1\ndef f():\n    a = 2\n    see(a)", ["2"]),
        ("a = 1\nclass A:\n    a = 2\n    def f(self): see(a)", ["1"]),
        ("def f():\n    a = 1\n    def g(): see(a)", ["1"]),
        ("def f(a): see(a)\nf(1)\nf(a=2)", ["1", "2"]),
        ("def f(a=3): see(a)", ["3"]),
        ("def f(a): see(a)", None),
        ("def f(): see(a)", None),
        ("def f(): see(a.b)", None),
    ],
)
def test_what_a_name_may_stand_for(project: Project, source: str, values: list[str] | None) -> None:
    parts, part = part_in(project, source)
    found = parts.behind(part)
    assert (None if found is None else [syntax.code(each.node) for each in found]) == values


@pytest.mark.parametrize(
    ("params", "body", "place"),
    [
        ("r: Request", "see(r.headers)", "header"),
        ("r: Request", "see(r.cookies)", "cookie"),
        ("r: Request", "see(r.query_params)", "query"),
        ("r: Request", "see(r.path_params)", "path"),
        ("r: Request", "see(await r.json())", "body"),
        ("r: Request", "see(dict(r.headers))", "header"),
        ("r: Request", "see(json.loads(await r.body()))", "body"),
        ("r: Request", "see(r.headers.copy())", "header"),
        ("r: Request", "a = r.headers\n    b = a\n    see(b)", "header"),
        ("r: Request", "s = r\n    see(s.headers)", "header"),
        ("r: 'Request'", "see(r.headers)", "header"),
        ("r: Renamed", "see(r.headers)", "header"),
        ("r", "see(r.headers)", "header"),
        ("self", "see(self.request.headers)", "header"),
        ("r: Response", "see(r.headers)", None),
        ("", "see(r.headers)", None),
        ("r: Request", "see(r.url)", None),
        ("r: Request", "see('r.headers')", None),
        ("r: Request", "r = find()\n    a = r\n    see(a)", None),
    ],
)
def test_places_of_a_request(project: Project, params: str, body: str, place: str | None) -> None:
    head = "import json\nfrom fastapi import Request, Request as Renamed, Response\n"
    parts, part = part_in(project, f"{head}async def f({params}):\n    {body}\n")
    assert parts.place(part) == place


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        ("{'a': 1, 'b': 2}", {"a": "1", "b": "2"}),
        ("{KEY: 1}", {"a": "1"}),
        ("Kind(1, b=2)", {"a": "1", "b": "2"}),
        ("Kind(1)", {"a": "1", "b": "3"}),
        ("Made(1)", {"a": "given", "b": "4"}),
        ("make(5)", {"a": "given"}),
        ("made", {"a": "6"}),
        ("None or {'a': 1}", {"a": "1"}),
    ],
)
def test_what_an_object_has(project: Project, value: str, fields: dict[str, str]) -> None:
    source = (
        "KEY = 'a'\n"
        "class Kind:\n    a: int\n    b: int = 3\n"
        "class Made:\n    def __init__(self, given):\n        self.a = given\n        self.b = 4\n"
        "def make(given): return {'a': given}\n"
        f"def f():\n    made = {{'a': 6}}\n    see({value})\n"
    )
    parts, part = part_in(project, source)
    (found,) = parts.made(part)
    assert {name: syntax.code(each.node) for name, each in found.items()} == fields


@pytest.mark.parametrize(
    ("origin", "is_secret", "is_of_proxy"),
    [
        (("credential", "", ""), True, False),
        (("client", "header", "Authorization"), True, False),
        (("client", "cookie", "sid"), True, False),
        (("client", "header", "X-API-Key"), True, False),
        (("client", "header", "X-User-ID"), False, False),
        (("client", "query", "user_id"), False, False),
        (("client", "header", "X-Forwarded-User"), False, True),
        (("client", "header", "Remote-User"), False, True),
        (("client", "query", "remote_user"), False, False),
    ],
)
def test_which_origins_are_secret_or_of_a_proxy(
    project: Project, origin: tuple[str, str, str], is_secret: bool, is_of_proxy: bool
) -> None:
    _, part = part_in(project, "see(1)")
    kind = "credential" if origin[0] == "credential" else "client"
    found = Origin(kind, part.scope, part.node, origin[1], origin[2])  # type: ignore[arg-type]
    assert (found.is_secret, found.is_of_proxy) == (is_secret, is_of_proxy)
