"""A module of a library's name hides it where the application starts, and not deeper."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.diagnoses.settings.sdk_names_free import sdk_names_free
from chatkit_agent.evidence.static import Observations


@pytest.mark.parametrize("path", ["agents.py", "chatkit/__init__.py", "mcp.py"])
def test_found(observed: Callable[..., Observations], path: str) -> None:
    (finding,) = sdk_names_free(observed({path: ""}))
    assert finding.where == path


@pytest.mark.parametrize("path", ["app/agents.py", "agents/readme.py", "tests/mcp.py"])
def test_quiet(observed: Callable[..., Observations], path: str) -> None:
    assert not list(sdk_names_free(observed({path: ""})))
