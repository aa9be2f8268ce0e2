"""What is observed of a small chat, with a trial of it in the sandbox."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chatkit_agent.evidence.static import Observations, Trial

WELL = Trial(
    error=None,
    seconds=3.0,
    path="/chatkit",
    answer="There are no tasks.",
    is_answered=True,
    asked_model=True,
    reached_tools=True,
    called=("list_tasks",),
)


@pytest.fixture
def tried(observed: Callable[..., Observations]) -> Callable[..., Observations]:
    def make(**seen: Any) -> Observations:
        return replace(observed(), trial=replace(WELL, **seen))

    return make
