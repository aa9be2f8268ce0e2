"""Every text of a JSON body, and nothing that is none."""

from __future__ import annotations

import pytest

from chatkit_agent.evidence.run.texts import texts_in


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ('"a"', ("a",)),
        ('""', ("",)),
        ('["a", ["b", {"x": "c"}]]', ("a", "b", "c")),
        ('{"key": "a", "more": {"deep": ["b"]}}', ("a", "b")),
        ('{"n": 1, "f": 1.5, "t": true, "z": null}', ()),
        ("[]", ()),
        ("", ()),
        ("<html>", ()),
        ("[" * 100_000, ()),
    ],
)
def test_texts(body: str, texts: tuple[str, ...]) -> None:
    assert texts_in(body) == texts
