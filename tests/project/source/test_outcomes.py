"""Outcomes: what a dependency gives, and who chooses it."""

from __future__ import annotations

from pathlib import Path

import libcst as cst
import pytest

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.injection import injected_function
from chatkit_agent.project.source.outcomes import (
    is_chosen_by_client,
    may_be_nobody,
    people_given,
    reads_identity,
)
from chatkit_agent.project.source.sources import Sources, Symbol
from chatkit_agent.project.tree import Tree

SOMEBODY = {
    "it returns": "return find(token)",
    "it refuses": "if not token:\n        raise HTTPException(401)\n    return find(token)",
    "it yields": "user = find(token)\n    yield user",
    "it yields, and cleans up": "yield find(token)\n    if token:\n        forget(token)",
    "one or the other": "if token:\n        return find(token)\n    else:\n        raise Refused",
    "the session of one": 'if "user" not in token.session:\n        raise Refused\n'
    "    return token.session",
    "a loop with an end": "for e in all:\n        if e:\n            return e\n    raise Refused",
}
NOBODY = {
    "nothing": "pass",
    "None": "if not token:\n        return None\n    return find(token)",
    "a default": 'return getattr(request.state, "user", None)',
    "a guest": "return find(token) or GuestUser()",
    "the session of anybody": "return token.session",
    "it yields None": "yield None",
    "it falls through": "if token:\n        return find(token)",
    "it falls through at last": "if a:\n        return a\n    elif b:\n        return b",
    "a loop that finds nobody": "for e in all:\n        if e.ok:\n            return e",
}


def function(body: str, returns: str = "") -> cst.FunctionDef:
    (found,) = syntax.functions(cst.parse_module(f"def who(token){returns}:\n    {body}\n"))
    return found


@pytest.mark.parametrize("body", [*SOMEBODY.values(), *NOBODY.values()])
def test_what_may_be_nobody(body: str) -> None:
    assert may_be_nobody(function(body)) == (body in NOBODY.values())


def test_an_optional_that_ends_with_the_refusal() -> None:
    body = "if token:\n        return find(token)\n    raise HTTPException(401)"
    assert not may_be_nobody(function(body, " -> User | None"))
    assert may_be_nobody(function("return find(token)", " -> User | None"))


def test_where_nobody_is_allowed_somebody_has_to_be_given_at_times() -> None:
    assert not may_be_nobody(function(NOBODY["None"]), is_allowed=True)
    assert may_be_nobody(function("return None"), is_allowed=True)


def test_people_given() -> None:
    (given,) = people_given(function(NOBODY["None"]))
    assert syntax.code(given) == "find(token)"


HEAD = """
from typing import Annotated
from uuid import UUID
from fastapi import Cookie, Depends, Header, Path, Query, Request
Token = Annotated[str, Depends(scheme)]
"""
CHOSEN = ("user_id: int", "user_id: UUID", "name: Annotated[str, Query()]", "user_id: str = Path()")
NOT_CHOSEN = (
    "",
    "token: Token",
    "token: str = Depends(scheme)",
    "token: str",
    "token: Annotated[str, Query()]",
    "x_key: str = Header()",
    "x_key: Annotated[str, Header()]",
    "sid: Annotated[str | None, Cookie()]",
    "request: Request",
    "fresh: bool = False",
    "page: int = 1",
)
READS = {
    "a claim": 'return decode(token)["sub"]',
    "a claim that may be away": 'return decode(token).get("user_id")',
    "a session": 'return request.session["uid"]',
    "the state of a request": "return request.state.user_id",
    "a helper": "return subject(token)",
}
READS_NOT = {
    "a tenant": 'return decode(token)["tenant_id"]',
    "an id of anything": 'return decode(token)["id"]',
    "a list": "return decode(token)[0]",
    "a state of the application": "return request.app.state.pool",
}


def injected(tmp_path: Path, code: str) -> tuple[Sources, str, object]:
    (tmp_path / "main.py").write_text(HEAD + code)
    sources = Sources(Tree(tmp_path))
    found = injected_function(sources, Symbol("main.py", "who"))
    assert found is not None
    return sources, *found


@pytest.mark.parametrize("given", [*CHOSEN, *NOT_CHOSEN])
def test_what_the_client_chooses(tmp_path: Path, given: str) -> None:
    code = f"def who({given}):\n    return decode(token)\n"
    assert is_chosen_by_client(*injected(tmp_path, code)) == (given in CHOSEN)  # type: ignore[arg-type]


@pytest.mark.parametrize("body", [*READS.values(), *READS_NOT.values()])
def test_what_names_a_person(tmp_path: Path, body: str) -> None:
    code = (
        'def subject(t): return decode(t)["sub"]\n'
        f"def who(token: Token, request: Request):\n    {body}\n"
    )
    assert reads_identity(*injected(tmp_path, code)) == (body in READS.values())  # type: ignore[arg-type]


def test_a_dependency_reads_it(tmp_path: Path) -> None:
    code = (
        'def claims(token: Token): return decode(token)["sub"]\n'
        "def who(name: Annotated[str, Depends(claims)]):\n    return find(name)\n"
    )
    assert reads_identity(*injected(tmp_path, code))  # type: ignore[arg-type]
