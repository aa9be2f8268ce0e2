"""A request's context carries who asks, and shows no secret."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from types import ModuleType

import pytest


def test_the_token_and_the_claims_are_in_no_repr(delivered: ModuleType) -> None:
    context = delivered.RequestContext("alice", token="hunter2", claims={"email": "a@b.c"})
    assert "hunter2" not in repr(context)
    assert "a@b.c" not in repr(context)
    assert "alice" in repr(context)


def test_nobody_changes_who_asks(delivered: ModuleType) -> None:
    with pytest.raises(FrozenInstanceError):
        delivered.RequestContext("alice").user_id = "bob"


def test_every_request_has_an_id_of_its_own(delivered: ModuleType) -> None:
    first, second = delivered.RequestContext("alice"), delivered.RequestContext("alice")
    assert first.request_id != second.request_id
