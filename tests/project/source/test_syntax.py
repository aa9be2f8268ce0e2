"""Syntax: Python that is read, kept to the byte, and asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import libcst as cst
import pytest

from chatkit_agent.errors import CannotRead
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.syntax import Import


def module(text: str) -> cst.Module:
    return syntax.parse(text.encode())


def expression(text: str) -> cst.BaseExpression:
    return cst.parse_expression(text)


@pytest.mark.parametrize(
    "content",
    [
        b"x = 1\n",
        b"x = 1",
        b"if x:\r\n\ty = 1\r\n\tz = 2",
        b"\xef\xbb\xbfx = 1\n",
        b"# -*- coding: latin-1 -*-\nx = '\xe7'\n",
        b"",
        b"\n\n# only a comment\n",
        b"x = 1 ;y = 2;\n\x0c\n",
    ],
)
def test_the_bytes_are_kept(content: bytes) -> None:
    assert syntax.parse(content).bytes == content


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"print 'x'\n", "not valid Python"),
        (b"x = (\n", "not valid Python"),
        (b"x = '\xff'\n", "not readable as text"),
        (b"x = 'a\0b'\n", "null bytes"),
        (b"# coding: nonsense\nx = 1\n", "not readable as text"),
    ],
)
def test_what_cannot_be_read(content: bytes, why: str) -> None:
    with pytest.raises(CannotRead, match=why):
        syntax.parse(content)


@pytest.mark.parametrize(
    ("text", "name"), [("a", "a"), ("a.b.c", "a.b.c"), ("a().b", None), ("a[0]", None), ("1", None)]
)
def test_dotted(text: str, name: str | None) -> None:
    assert syntax.dotted(expression(text)) == name


@pytest.mark.parametrize(
    ("source", "value"),
    [
        *(
            ("'a'", "a"),
            ("'a' 'b'", "ab"),
            ("b'a'", None),
            ("f'a'", "a"),
            ("f'a{b}'", None),
            ("a", None),
        ),
        # What the parser takes, and Python does not.
        *((r"'\x'", None), (r"'\N{no such name}'", None)),
    ],
)
def test_text(source: str, value: str | None) -> None:
    assert syntax.text(expression(source)) == value


@pytest.mark.parametrize(
    ("source", "value"),
    [("12", 12), ("0x10", 16), ("1_000", 1000), ("1.5", 1.5), ("1e999", None), ("9" * 5000, None)],
)
def test_number(source: str, value: float | None) -> None:
    assert syntax.number(expression(source)) == value


def test_what_runs_on_import() -> None:
    text = """
a = 1
if a:
    b = 1
elif c:
    d = 1
else:
    e = 1
try:
    f = 1
except OSError:
    g = 1
else:
    h = 1
finally:
    i = 1
with x:
    j = 1
for _ in x:
    k: int = 1
match x:
    case 1:
        l = m = 1
def function():
    no = 1
class Class:
    no = 1
if __name__ == "__main__":
    no = 1
else:
    n = 1
type o = int
p.q = 1
"""
    names = [each.target for each in syntax.assignments(module(text))]
    assert names == [*"abdefghijklmno", "p.q"]


def test_imports() -> None:
    text = (
        "import a\nimport b.c\nimport d.e as f\nfrom g import h, i as j\n"
        "from . import k\nfrom ..l.m import n\nfrom o import *\n"
    )
    assert list(syntax.imports(module(text))) == [
        ("a", Import("a")),
        ("b", Import("b")),
        ("f", Import("d.e")),
        ("h", Import("g", 0, "h")),
        ("j", Import("g", 0, "i")),
        ("k", Import("", 1, "k")),
        ("n", Import("l.m", 2, "n")),
        ("*", Import("o", 0, "*")),
    ]


def test_functions_and_their_returns() -> None:
    text = "def f(a, /, b, *, c):\n def g():\n  return 0\n if a:\n  return 1\n return\n"
    (function,) = syntax.functions(module(text))
    assert [each.name.value for each in syntax.parameters(function)] == ["a", "b", "c"]
    assert [value and syntax.code(value) for value in syntax.returns(function)] == ["1", None]
    assert syntax.function_named(module(text), "f") is not None
    assert syntax.function_named(module(text), "g") is None


def test_bases() -> None:
    (node,) = syntax.classes(module("class A(B, c.D[E], metaclass=F): ...\n"))
    assert syntax.bases(node) == ("B", "c.D")


@pytest.mark.parametrize(
    ("call", "value"), [("f(1, x=2)", "2"), ("f(1, 3)", "3"), ("f(1)", None), ("f(*a, **b)", None)]
)
def test_argument(call: str, value: str | None) -> None:
    node = expression(call)
    assert isinstance(node, cst.Call)
    found = syntax.argument(node, "x", 1)
    assert (found and syntax.code(found)) == value


@pytest.mark.parametrize("text", ["A | None", "None | A", "Optional[A]", "t.Optional[A]", "A"])
def test_required(text: str) -> None:
    assert syntax.code(syntax.required(expression(text))) == "A"


@pytest.mark.parametrize(
    ("path", "root", "name"),
    [
        ("app/main.py", "", "app.main"),
        ("back/app/main.py", "back", "app.main"),
        ("app/__init__.py", "", "app"),
        ("main.py", "", "main"),
    ],
)
def test_module_name(path: str, root: str, name: str) -> None:
    assert syntax.module_name(path, root) == name


def everything(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    yield node
    for child in node.children:
        yield from everything(child) if is_code(child, node) else ()


NO_CODE = (
    cst.AssignEqual,
    cst.BaseAugOp,
    cst.BaseBinaryOp,
    cst.BaseBooleanOp,
    cst.BaseCompOp,
    cst.BaseParenthesizableWhitespace,
    cst.BaseUnaryOp,
    cst.Colon,
    cst.Comma,
    cst.Comment,
    cst.EmptyLine,
    cst.LeftCurlyBrace,
    cst.LeftParen,
    cst.LeftSquareBracket,
    cst.Newline,
    cst.RightCurlyBrace,
    cst.RightParen,
    cst.RightSquareBracket,
    cst.Semicolon,
    cst.TrailingWhitespace,
)


def is_code(node: cst.CSTNode, around: cst.CSTNode) -> bool:
    is_dot = isinstance(node, cst.Dot) and not isinstance(around, cst.ImportFrom)
    return not isinstance(node, NO_CODE) and not is_dot


@pytest.mark.parametrize(
    "name", ["objects.py", "syntax.py", "../../reference/chatkit_store/pool.py"]
)
def test_walking_finds_all_code_in_the_order_of_the_source(name: str) -> None:
    module = syntax.parse((Path(syntax.__file__).parent / name).read_bytes())
    assert all(a is b for a, b in zip(everything(module), syntax.walk(module), strict=True))
