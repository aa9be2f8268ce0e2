"""Each optional module is there, listed where people look, and told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.options.features import FEATURES, Feature, chosen_features

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "src/chatkit_agent/reference"


@pytest.mark.parametrize("extra", FEATURES, ids=lambda extra: extra.name)
def test_it_is_there_and_documented(extra: Feature) -> None:
    assert all((REFERENCE / file).is_file() for file in extra.files)
    assert f"| `{extra.name}` | {extra.purpose} |" in (ROOT / "docs/commands.md").read_text()
    assert f"`{extra.name}`" in (ROOT / "README.md").read_text()


def test_each_comes_once_and_in_their_order() -> None:
    names = [extra.name for extra in FEATURES]
    assert [extra.name for extra in chosen_features([*reversed(names), *names])] == names
