"""Markdown keeps its table, whatever the words in it are."""

from __future__ import annotations

import pytest

from chatkit_agent.output.documents import FindingPart, VerifyDocument
from chatkit_agent.output.reports.markdown import as_markdown


def test_markdown_keeps_its_table_and_shows_no_markup(document: VerifyDocument) -> None:
    text = as_markdown(document)
    assert "<script>" not in text
    rows = [line for line in text.splitlines() if line.startswith("| Title of")]
    assert [row.count("|") for row in rows] == [3, 3, 3, 3, 3]
    assert "**1 of 4 checks passed, 1 failed, 1 inconclusive, 1 with warnings.**" in text
    assert "| 0.20 to 1.00 | browser | the answer |" in text


@pytest.mark.parametrize(
    ("what", "shown"),
    [
        ("a_b *c* [d](e) <f> #g ~h", "a\\_b \\*c\\* \\[d\\](e) \\<f\\> \\#g \\~h"),
        ("`a_b` and a_b", "`a_b` and a\\_b"),
        ("one\n  two", "one two"),
        ("an open ` tick_", "an open ` tick\\_"),
    ],
)
def test_only_code_is_left_as_it_is(document: VerifyDocument, what: str, shown: str) -> None:
    finding = FindingPart(what=what, where="w", evidence="", fix="f", severity="error", edit=None)
    check = document.checks[1].model_copy(update={"findings": (finding,)})
    text = as_markdown(document.model_copy(update={"checks": (check,)}))
    assert f"**{shown}**\n- where: w\n- fix: f\n" in text
