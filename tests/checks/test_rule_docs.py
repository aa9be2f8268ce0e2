"""The docs say of each rule what the rule says of itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.checks.rule_docs import pages

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("path", pages())
def test_a_page_is_as_its_rules_declare(path: str) -> None:
    assert (DOCS / path).read_text() == pages()[path], "run `make rules`"


def test_no_page_is_left_of_a_topic_that_is_gone() -> None:
    there = {path.relative_to(DOCS).as_posix() for path in (DOCS / "rules").glob("*.md")}
    assert there <= pages().keys()
