"""Outcomes: a dependency that always gives somebody, and those that may give nobody."""

from __future__ import annotations

import libcst as cst
import pytest

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.outcomes import may_be_nobody, people_given

SOMEBODY = {
    "it returns": "return find(token)",
    "it refuses": "if not token:\n        raise HTTPException(401)\n    return find(token)",
    "it yields": "user = find(token)\n    yield user",
}
NOBODY = {
    "nothing": "pass",
    "None": "if not token:\n        return None\n    return find(token)",
    "a default": 'return getattr(request.state, "user", None)',
    "a guest": "return find(token) or GuestUser()",
    "it yields None": "yield None",
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
