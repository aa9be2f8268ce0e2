"""An argument is added in the style of the call that it is added to."""

from __future__ import annotations

import libcst as cst
import pytest

from chatkit_agent.project.source import syntax
from chatkit_agent.project.text.arguments import Places


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f()\n", "f(b=2)\n"),
        ("f(a)\n", "f(a, b=2)\n"),
        ("f(a, )\n", "f(a, b=2, )\n"),
        ("f(\n    a,  # one\n)\n", "f(\n    a,  # one\n    b=2,\n)\n"),
        (
            "f(\n    a,\n    c={\n        1: 2,\n    },\n)\n",
            "f(\n    a,\n    c={\n        1: 2,\n    },\n    b=2,\n)\n",
        ),
        ("f(\r\n\ta,\r\n)\r\n", "f(\r\n\ta,\r\n\tb=2,\r\n)\r\n"),
        ("f(\n    a\n)\n", "f(\n    a,\n    b=2\n)\n"),
    ],
)
def test_with_argument(before: str, after: str) -> None:
    places = Places.of(before.encode())
    call = next(each for each in syntax.walk(places.module) if isinstance(each, cst.Call))
    assert places.patched([places.with_argument(call, "b=2")]) == after.encode()


def test_patches_do_not_disturb_each_other() -> None:
    places = Places.of(b"f(1, 1)\nf(1)\n")
    ones = [each for each in syntax.walk(places.module) if isinstance(each, cst.Integer)]
    assert places.patched([places.replaced(one, "22") for one in ones]) == b"f(22, 22)\nf(22)\n"
