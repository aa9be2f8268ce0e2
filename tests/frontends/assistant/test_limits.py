"""One task cannot cost without an end."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from chatkit_agent.frontends.assistant.limits import Limits


def test_there_are_limits_where_none_are_given_and_none_grows_on_the_way() -> None:
    usual = Limits()
    assert 1 < usual.turns <= 100
    assert 10_000 < usual.tokens <= 1_000_000
    with pytest.raises(FrozenInstanceError):
        usual.turns = 1000  # type: ignore[misc]
