"""Markdown on a terminal: nothing in it is broken that somebody would copy."""

from __future__ import annotations

import pytest

from chatkit_agent.output.terminal.layout import TAB
from chatkit_agent.output.terminal.markdown import rendered
from tests.output.terminal.conftest import text

LONG = "curl -N http://localhost:8000/chatkit " + "-H 'X-Header: value' " * 6


@pytest.mark.parametrize("language", ["sh", "", "nothing-known", "python"])
def test_a_line_of_code_is_whole(language: str) -> None:
    shown = text(rendered(f"```{language}\n{LONG}\n  indented\n```\n"), width=40)
    assert LONG.rstrip() in shown
    assert "\n  indented" in shown


def test_a_diff_can_be_applied() -> None:
    diff = "@@ -1 +1 @@\n-\told\n+" + "new " * 30
    assert diff.rstrip() in text(rendered(f"```diff\n{diff}\n```\n"), width=40).replace(TAB, "\t")


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("# Title", "Title"),
        ("## Part", "Part"),
        ("- [link](http://x.test) and `code`", " • link (http://x.test) and code"),
        ("", ""),
    ],
)
def test_words(source: str, line: str) -> None:
    assert text(rendered(source)).strip("\n").rstrip() == line
