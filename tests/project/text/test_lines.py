"""Text is put into a file, and every byte that was there is still there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from libcst.metadata import CodePosition

from chatkit_agent.project.text.lines import Text

CONTENTS = st.lists(
    st.tuples(st.text("ab\x0c\u2028\xe9", max_size=4), st.sampled_from(["\n", "\r\n", "\r"])),
    max_size=5,
)


@given(lines=CONTENTS, end=st.text("ab", max_size=2), number=st.integers(0, 6))
def test_lines_come_between_lines(lines: list[tuple[str, str]], end: str, number: int) -> None:
    text = "".join(line + newline for line, newline in lines) + end
    old = Text.of(text.encode())
    new = old.insert_after(min(number, len(old.lines)), ["one", "two"])
    added = f"one{old.newline}two"
    assert added in new.text
    assert new.text.replace(f"{added}{old.newline}", "", 1) == text or (
        new.text.replace(f"{old.newline}{added}", "", 1) == text
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"plain\n",
        "\ufeffmarked\r\n".encode(),
        "caf\xe9\n".encode("latin-1"),
        "wide\r\n".encode("utf-16"),
        "\ufeffwide\n".encode("utf-16-be"),
    ],
)
def test_any_encoding_is_written_back_as_it_was(content: bytes) -> None:
    assert Text.of(content).content == content
    assert Text.of(content).append([]).content == content


def test_an_encoding_that_a_module_declares_is_used() -> None:
    content = "# coding: cp1252\nprice = '\u20ac'\n".encode("cp1252")
    assert "\u20ac" in Text.of(content, "cp1252").text


def test_a_place_is_counted_in_characters() -> None:
    text = Text.of("# caf\xe9\r\nx = '\xe9\xe9', y\r\n".encode())
    assert text.insert_at(CodePosition(2, 8), ", z").text == "# caf\xe9\r\nx = '\xe9\xe9', z, y\r\n"
