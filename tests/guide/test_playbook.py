"""A playbook's words are written as text, with commas between."""

from __future__ import annotations

import pytest

from chatkit_agent.guide.playbook import terms


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("one", ("one",)),
        ("one, two words, ~three, four$", ("one", "two words", "~three", "four$")),
        ("one,\n  two", ("one", "two")),
    ],
)
def test_terms(text: str, words: tuple[str, ...]) -> None:
    assert terms(text) == words
