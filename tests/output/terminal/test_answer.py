"""What follows the words of a model: what was found, checked and denied, and nothing it said."""

from __future__ import annotations

from typing import Any

import pytest

from chatkit_agent.output.documents import AskDocument, UsagePart, VerifyDocument
from chatkit_agent.output.terminal.answer import answer
from tests.output.terminal.conftest import text

EMPTY: dict[str, Any] = {
    "task": "t",
    "model": "large",
    "playbook": "integrate",
    "understood": (),
    "answer": "",
    "ended": "done",
    "problem": None,
    "calls": (),
    "denied": (),
    "guide": None,
    "added": None,
    "verification": None,
    "diagnosis": None,
    "usage": None,
    "notes": (),
}
REPORT = VerifyDocument(ok=True, outcome="passed", checks=(), notes=())


def shown(**more: Any) -> str:
    return text(answer(AskDocument(**{**EMPTY, **more})), width=120)


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"denied": ("add", "undo")}, "Not approved, so not done: add, undo."),
        ({"problem": "It broke."}, "It broke."),
        ({"notes": ("n",)}, "n"),
        (
            {"usage": UsagePart(requests=3, input_tokens=12345, output_tokens=6)},
            "large: 3 requests, 12,345 tokens read and 6 written.",
        ),
        (
            {"usage": UsagePart(requests=3, input_tokens=0, output_tokens=0)},
            "large: 3 requests, and the provider does not say how many tokens.",
        ),
        ({"verification": REPORT}, "Inconclusive: nothing could be checked."),
    ],
)
def test_what_came_of_it(more: dict[str, Any], line: str) -> None:
    assert line in shown(**more)


def test_nothing_is_said_of_what_was_not_used() -> None:
    assert shown(usage=UsagePart(requests=0, input_tokens=0, output_tokens=0)).strip() == ""


@pytest.mark.parametrize(
    ("words", "is_doubted"),
    [
        ("I verified it and all checks pass.", True),
        ("All tests are green.", True),
        ("It has been tested.", True),
        ("You can check it with `verify`.", False),
        ("I added the route.", False),
    ],
)
def test_a_claim_of_the_model_is_told_from_a_check(words: str, is_doubted: bool) -> None:
    said = "None were made for this answer: what it says of checks is the model's own."
    assert (said in shown(answer=words)) is is_doubted
    assert said not in shown(answer=words, verification=REPORT)
