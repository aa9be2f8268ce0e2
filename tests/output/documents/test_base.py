"""A document is JSON for programs, and no order for the terminal that shows it."""

from __future__ import annotations

import json

import pytest

from chatkit_agent.errors import BadOption, NoApplication
from chatkit_agent.output.documents.base import ErrorDocument

ODD = ["\x1b[2J", "\x07", "\x7f", "\x9b31m", "\u202e", "\u2066", "\x00", "\r"]


@pytest.mark.parametrize("odd", ODD, ids=ascii)
@pytest.mark.parametrize("only_ascii", [True, False])
def test_what_a_terminal_would_obey_is_escaped_and_read_the_same(
    odd: str, only_ascii: bool
) -> None:
    document = ErrorDocument.of(BadOption(f"a{odd}b"), 2)
    shown = document.as_json(only_ascii=only_ascii)
    assert odd[0] not in shown
    assert json.loads(shown)["message"] == f"a{odd}b"


def test_words_of_people_stay_readable() -> None:
    document = ErrorDocument.of(BadOption("Café 商店 ✓"), 2)
    assert "Café 商店 ✓" in document.as_json()
    assert document.as_json(only_ascii=True).isascii()
    assert json.loads(document.as_json()) == json.loads(document.as_json(only_ascii=True))


def test_it_says_what_it_is() -> None:
    read = json.loads(ErrorDocument.of(NoApplication(), 3).as_json())
    assert read["schema"].startswith("chatkit-agent/error/")
    assert (read["error"], read["exit_status"]) == ("NoApplication", 3)
    assert read["message"]
