"""What an expression of constants comes to."""

from __future__ import annotations

import ast
from pathlib import PurePath

import pytest

from chatkit_agent.sandbox.isolation.folding import Folding

BEFORE = """
NAME = "shop"
PORT: int = 5432
TWICE = "a"
TWICE = "b"
ROUND = ROUND + "x"
FIRST, SECOND = "a", "b"
HERE = Path(__file__).resolve().parent
def f(SHADOWED): ...
SHADOWED = "x"
"""


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("NAME + '-' + NAME", "shop-shop"),
        ("f'{NAME}:{PORT}'", "shop:5432"),
        ("'%s/%d' % (NAME, PORT)", "shop/5432"),
        ("'{}{x}'.format(NAME, x=PORT)", "shop5432"),
        ("HERE / 'a' / NAME", PurePath("/srv/app/a/shop")),
        ("HERE.parent", PurePath("/srv")),
        ("str(HERE)", "/srv/app"),
        ("os.path.join(os.path.dirname(__file__), 'x')", "/srv/app/x"),
        ("TWICE", None),
        ("ROUND", None),
        ("FIRST", None),
        ("SHADOWED", None),
        ("f'{NAME!r}'", None),
        ("f'{PORT:09d}'", None),
        ("'%s' % (1, 2)", None),
        ("'{0.__class__}'.format(NAME)", None),
        ("'%999999999s' % (NAME,)", None),
        ("'{:>999999999}'.format(NAME)", None),
        ("HERE.parents[99]", None),
        ("True", None),
        ("call(NAME)", None),
        ("'x' * 99", None),
    ],
)
def test_a_value(expression: str, value: object) -> None:
    folding = Folding(ast.parse(BEFORE), PurePath("/srv/app/main.py"))
    assert folding.value_of(ast.parse(expression, mode="eval").body) == value


@pytest.mark.parametrize("first", ["", "xxxx"])
def test_doubling_ends(first: str) -> None:
    lines = [f"A0 = '{first}'", *(f"A{n} = A{n - 1} + A{n - 1}" for n in range(1, 100))]
    folding = Folding(ast.parse("\n".join(lines)), PurePath("/a.py"))
    assert folding.value_of(ast.Name("A99", ast.Load())) is None
