"""A router goes behind the others, before what answers every path, and where the app is made."""

from __future__ import annotations

import pytest

from chatkit_agent.edits.mounting.inclusion import (
    Line,
    calls,
    made_at,
    place_in_factory,
    place_to_include,
)
from chatkit_agent.project.source import syntax


def answers_all(line: Line) -> bool:
    return bool(calls(line, "app.mount"))


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("app = F()\napp.include_router(a)\nx = 1\n", 1),
        ("app = F()\napp.add_middleware(M)\nx = 1\n", 1),
        ("app = F()\nx = 1\napp.add_middleware(M)\n", 0),
        ("app = F()\napp.mount('/', s)\napp.include_router(a)\n", 0),
        ("app = F()\nif __name__ == '__main__':\n    run(app)\n", 0),
        ("app = F()\ndef f():\n    app.include_router(a)\n", 0),
        ("app = None\napp = F()\n", 1),
        ("x = 1\n", None),
    ],
)
def test_place_to_include(source: str, place: int | None) -> None:
    body = syntax.parse(source.encode()).body
    assert place_to_include(body, "app", answers_all, floor=-1) == place


@pytest.mark.parametrize(("floor", "place"), [(1, 1), (3, None)])
def test_never_before_what_it_needs(floor: int, place: int | None) -> None:
    body = syntax.parse(b"app = F()\nx = 1\ny = 2\napp.mount('/', s)\n").body
    assert place_to_include(body, "app", answers_all, floor=floor) == place


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        (["app = F()", "app.include_router(a)", "x = 1", "return app"], 1),
        (["app = F()", "x = 1", "return app"], 1),
        (["app = F()", "if x: return app", "return app"], 0),
        (["return F()"], None),
    ],
)
def test_place_in_factory(lines: list[str], place: int | None) -> None:
    source = "".join(f"    {line}\n" for line in lines)
    function = syntax.function_named(syntax.parse(f"def make():\n{source}".encode()), "make")
    assert function is not None
    body = [each for each in function.body.body if isinstance(each, Line)]
    assert place_in_factory(body, "app", answers_all) == place


def test_made_at() -> None:
    assert made_at(syntax.parse(b"x = 1\napp = F()\napp = G()\n").body, "app") == 1
