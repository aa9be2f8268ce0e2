"""A tool call without the person's token."""

from __future__ import annotations

from collections.abc import Callable

from chatkit_agent.diagnoses.boot.tools_get_token import tools_get_token
from chatkit_agent.observations import Observations

Tried = Callable[..., Observations]


def test_quiet(tried: Tried, observed: Tried) -> None:
    assert not list(tools_get_token(tried()))
    assert not list(tools_get_token(observed()))


def test_found(tried: Tried) -> None:
    (finding,) = tools_get_token(tried(without_token=("list_tasks", "list_tasks")))
    assert finding.evidence.startswith("`list_tasks` came without it")
    assert "token_missing" in finding.explains
