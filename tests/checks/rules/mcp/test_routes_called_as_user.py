"""A route that is called as nobody, as somebody else, or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chatkit_agent.checks.required import checks_for
from chatkit_agent.checks.rules.mcp.routes_called_as_user import routes_called_as_user
from chatkit_agent.evidence.run import MarkedCall, Run


def calling(run: Run, **seen: Any) -> Run:
    assert run.conversation is not None
    whole: dict[str, Any] = {"is_offered": True, "is_own": True, "is_foreign": False, **seen}
    call = MarkedCall(run.conversation.alice, **whole)
    return replace(run, has_route_tools=True, marked_calls=(call,))


def test_quiet(healthy: Run) -> None:
    assert not list(routes_called_as_user(calling(healthy)))


@pytest.mark.parametrize(
    ("seen", "what"),
    [
        ({"is_own": False}, "not called as the person"),
        ({"is_foreign": True}, "reached another"),
        ({"is_offered": False}, "are no tools"),
    ],
)
def test_found(healthy: Run, seen: dict[str, bool], what: str) -> None:
    (finding,) = routes_called_as_user(calling(healthy, **seen))
    assert what in finding.what
    assert finding.severity == "error"


def test_not_chosen(healthy: Run) -> None:
    assert routes_called_as_user in checks_for(calling(healthy))
    assert routes_called_as_user not in checks_for(healthy)


def test_nobody_signs_in(healthy: Run) -> None:
    (finding,) = routes_called_as_user(replace(calling(healthy), auth="none"))
    assert finding.severity == "info"


@pytest.mark.parametrize("why", [None, "it did not boot at all."])
def test_unseen(healthy: Run, why: str | None) -> None:
    (finding,) = routes_called_as_user(replace(healthy, marked_calls=why))
    assert finding.severity == "inconclusive"
