"""Every text of a JSON value, and nothing that is none."""

from __future__ import annotations

from typing import Any

import pytest

from chatkit_agent.evidence.run.texts import strings_in


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ("a", ["a"]),
        ("", [""]),
        (["a", ["b", {"x": "c"}]], ["a", "b", "c"]),
        ({"key": "a", "more": {"deep": ["b"]}}, ["a", "b"]),
        ({"n": 1, "f": 1.5, "t": True, "z": None}, []),
        ([], []),
        (None, []),
    ],
)
def test_strings(value: Any, texts: list[str]) -> None:
    assert list(strings_in(value)) == texts
