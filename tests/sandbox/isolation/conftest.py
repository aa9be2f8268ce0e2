"""What takes the place of an owner's services, without a server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from chatkit_agent.sandbox.isolation import substitutes
from chatkit_agent.sandbox.isolation.substitutes import Lender, Substitutes
from chatkit_agent.sandbox.valkey import Redis, RedisLender

LENDER = Lender("postgresql:///", "127.9.9.9", 5432, "lent")
REDIS = Redis("127.8.8.8", 6390, "known")


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Substitutes]:
    monkeypatch.setattr(substitutes, "lend", lambda *_: None)
    root, copy, folder = tmp_path / "shop", tmp_path / "run" / "after", tmp_path / "run"
    for each in (root / "data", copy / "data"):
        each.mkdir(parents=True)
    one = Substitutes(LENDER, root, copy, folder)
    yield one
    one.close()


@pytest.fixture
def with_redis(given: Substitutes) -> Substitutes:
    """The same, where a Redis can be lent, which has started."""
    given.redis = RedisLender(Path("valkey-server"), ExitStack(), REDIS.password)
    given.redis.started = REDIS
    return given
