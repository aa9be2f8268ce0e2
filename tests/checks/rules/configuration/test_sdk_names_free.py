"""A module of a library's name hides it where the application starts, and not deeper."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.rules.configuration.sdk_names_free import sdk_names_free
from chatkit_agent.evidence.static import Evidence


@pytest.mark.parametrize("path", ["agents.py", "chatkit/__init__.py", "mcp.py"])
def test_found(observed: Callable[..., Evidence], path: str) -> None:
    (finding,) = sdk_names_free.over(observed({path: ""}))
    assert finding.where == path


@pytest.mark.parametrize("path", ["app/agents.py", "agents/readme.py", "tests/mcp.py"])
def test_quiet(observed: Callable[..., Evidence], path: str) -> None:
    assert not list(sdk_names_free.over(observed({path: ""})))
