"""Visible: nothing that a terminal would obey comes through; everything else does as it is."""

from __future__ import annotations

import pytest

from chatkit_agent.project.text.visible import is_plain, visible

ORDERS = [
    ("\x1b[2J", "\\x1b[2J"),
    ("a\x00b", "a\\x00b"),
    ("a\x07", "a\\x07"),
    ("a\bb", "a\\x08b"),
    ("a\vb", "a\\x0bb"),
    ("\x7f", "\\x7f"),
    ("\x9b31m", "\\x9b31m"),
    ("a\rb", "a\\x0db"),
    ("a\u202eb", "a\\u202eb"),
    ("a\u2066b", "a\\u2066b"),
    ("a\u2028b", "a\\u2028b"),
    ("a\u200fb", "a\\u200fb"),
    ("\ud800", "\\ud800"),
    ("\U000e0041", "\\U000e0041"),
]
TEXTS = ["", "plain", "Grüße, 日本語 😀", "a\tb\nc\r\nd", "a\fb", "\\x1b"]


@pytest.mark.parametrize(("text", "shown"), ORDERS)
def test_an_order_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert not is_plain(text)


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_stays(text: str) -> None:
    assert visible(text) == text
    assert is_plain(text) is not bool({"\n", "\t"} & {*text})
