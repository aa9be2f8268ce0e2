"""A change is of a file that is new, or of one that is there."""

from __future__ import annotations

import pytest

from chatkit_agent.plan.change import Change


@pytest.mark.parametrize(
    ("before", "action"), [(None, "create"), (b"", "modify"), (b"x = 1\n", "modify")]
)
def test_action(before: bytes | None, action: str) -> None:
    assert Change("app/main.py", before, b"x = 2\n").action == action
