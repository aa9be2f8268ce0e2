"""What takes the place of an owner's services, without a server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatkit_agent.sandbox.isolation import substitutes
from chatkit_agent.sandbox.isolation.substitutes import Lender, Substitutes

LENDER = Lender("postgresql:///", "127.9.9.9", 5432, "lent")


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Substitutes]:
    monkeypatch.setattr(substitutes, "lend", lambda *_: None)
    root, copy, folder = tmp_path / "shop", tmp_path / "run" / "after", tmp_path / "run"
    for each in (root / "data", copy / "data"):
        each.mkdir(parents=True)
    one = Substitutes(LENDER, root, copy, folder)
    yield one
    one.close()
