"""The claim that names the user is read from what the code does with a token's content."""

from __future__ import annotations

import libcst as cst
import pytest

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.claims import (
    best,
    claim_of_state,
    claim_read_in,
    claim_returned,
    state_of,
    user_claim,
)
from tests.project.source.conftest import Project


def function_in(text: str) -> cst.FunctionDef:
    found = syntax.function_named(syntax.parse(text.encode()), "find")
    assert found is not None
    return found


def decode_in(function: cst.FunctionDef) -> cst.Call:
    calls = (each for each in syntax.walk(function) if isinstance(each, cst.Call))
    return next(each for each in calls if syntax.dotted(each.func) == "jwt.decode")


@pytest.mark.parametrize(
    ("lines", "claim"),
    [
        ("return jwt.decode(token)['sub']", "sub"),
        ("data = jwt.decode(token)\n return data.get('sub')", "sub"),
        ("data = jwt.decode(token)\n user = data['user']\n return user['email']", "user.email"),
        ("data = jwt.decode(token)\n return data['sub'], data['email']", "sub"),
        ("return jwt.decode(token).claims['sub']", "sub"),
        ("data = jwt.decode(token)\n return data.claims.get('email')", "email"),
        ("claims = jwt.decode(token).claims\n return claims['sub']", "sub"),
        ("return Content(**jwt.decode(token)).email", "email"),
        ("data = jwt.decode(token)\n return Content(**data)", "user_id"),
        ("data = jwt.decode(token)\n return data['scope']", None),
        ("jwt.decode(token)\n return other['sub']", None),
    ],
)
def test_user_claim(project: Project, lines: str, claim: str | None) -> None:
    text = f"class Content:\n    exp: int\n    user_id: str\ndef find(token):\n {lines}\n"
    sources = project({"main.py": text}).sources
    function = syntax.function_named(sources.module("main.py"), "find")
    assert function is not None
    assert user_claim(sources, "main.py", function, decode_in(function)) == claim


@pytest.mark.parametrize(
    ("lines", "claim"),
    [
        ("return verify(token)['sub']", "sub"),
        ("data = verify(token)\n return data['sub'] if data else None", "sub"),
        ("data = verify(token)\n return data", None),
        ("data = verify(token)\n return data['sub'] or data['email']", None),
        ("data = load(token)\n return data['sub']", None),
    ],
)
def test_claim_returned(lines: str, claim: str | None) -> None:
    assert claim_returned(function_in(f"def find(token):\n {lines}\n")) == claim


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        ("request.state.user = jwt.decode(token)", "user"),
        ("data = jwt.decode(token)\n request.state.claims = data", "claims"),
        ("data = jwt.decode(token)\n request.state.user = data['sub']", None),
    ],
)
def test_state_of(lines: str, name: str | None) -> None:
    function = function_in(f"def find(request, token):\n {lines}\n")
    assert state_of(function, decode_in(function)) == name


def test_claim_of_state() -> None:
    texts = ['a = request.state.user["email"]', "b = request.state.user.get('id')"]
    assert claim_of_state(texts, "user") == "id"
    assert claim_of_state(texts, "other") is None


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("def find(payload):\n return payload['sub']\n", "sub"),
        ("def find(token):\n return read(token)['uid']\n", "uid"),
        ("def find(row):\n return row['sub']\n", None),
    ],
)
def test_claim_read_in(text: str, claim: str | None) -> None:
    assert claim_read_in(function_in(text), "read") == claim


@pytest.mark.parametrize(
    ("paths", "claim"),
    [
        ([("email",), ("sub",)], "sub"),
        ([("user",), ("user", "id")], "user.id"),
        ([("id",), ("id", "kind")], None),
        ([("exp",)], None),
        ([], None),
    ],
)
def test_best(paths: list[tuple[str, ...]], claim: str | None) -> None:
    assert best(paths) == claim
