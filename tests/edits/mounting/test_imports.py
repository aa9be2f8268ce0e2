"""One more import statement goes where somebody who sorts imports would put it."""

from __future__ import annotations

import pytest

from chatkit_agent.edits.mounting.imports import (
    Place,
    place_for,
    place_in_line,
    relative,
    top_level_imports,
    written,
)
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.syntax import Import

NEW = Import("shop.chat", 0, "router")


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("import os\n\nfrom shop.api import x\nfrom shop.users import y\n", Place(1)),
        ("import os\n\nfrom shop.users import y\n", Place(1, above=True)),
        ("import os\nx = 1\n", Place(0, apart=True)),
        ("from shop.users import y\nfrom shop.api import x\n", Place(1)),
        ("x = 1\n", Place(-1, apart=True)),
    ],
)
def test_place_for(source: str, place: Place) -> None:
    module = syntax.parse(source.encode())
    assert place_for(NEW, module, floor=-1, ceiling=len(module.body)) == place


def test_it_goes_between_what_has_to_be_before_and_behind() -> None:
    module = syntax.parse(b"import a\nload()\nimport b\napp = 1\nimport c\n")
    assert place_for(NEW, module, floor=1, ceiling=3) == Place(2, apart=True)


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("from shop.chat import aside, sender", "aside"),
        ("from shop.chat import Chat, sender", "Chat"),
        ("from shop.chat import sender", None),
        ("from shop.chat import (aside, sender)", None),
        ("from shop.chat import aside  # first", None),
        ("from shop.chat import *", None),
        ("from shop.other import aside", None),
    ],
)
def test_place_in_line(line: str, after: str | None) -> None:
    found = place_in_line(NEW, syntax.parse(f"{line}\n".encode()), floor=-1)
    assert (syntax.code(found.name) if found else None) == after


@pytest.mark.parametrize(
    ("package", "expected"),
    [
        ("shop", "from .chat import router"),
        ("shop.api", "from ..chat import router"),
        ("shop.api.v1", "from ...chat import router"),
        ("shop.chat", "from . import router"),
    ],
)
def test_relative(package: str, expected: str) -> None:
    assert written(relative("shop.chat", "router", package)) == expected


def test_top_level_imports() -> None:
    module = syntax.parse(b"import os\nif True:\n    import sys\nfrom a import b\n")
    assert [(each.index, each.what.module) for each in top_level_imports(module)] == [
        (0, "os"),
        (2, "a"),
    ]
