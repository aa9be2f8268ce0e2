"""Sources: names followed from file to file, as Python would."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.project.source.folders import is_side_file, upwards, within
from chatkit_agent.project.source.sources import Sources, Symbol
from chatkit_agent.project.tree import Tree


def sources(root: Path, **files: str) -> Sources:
    """Keywords name files: `a_b` is `a/b.py`, and `a_` is `a/__init__.py`."""
    for name, text in files.items():
        folder, _, stem = name.rpartition("_")
        path = root / folder / f"{stem or '__init__'}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Sources(Tree(root))


@pytest.mark.parametrize(
    ("text", "name", "symbol"),
    [
        ("def f(): ...\n", "f", Symbol("main.py", "f")),
        ("x = 1\ny = x\n", "y", Symbol("main.py", "x")),
        ("from lib import f\n", "f", Symbol("lib.py", "f")),
        (
            "try:\n    from lib import f\nexcept ImportError:\n    def f(): ...\n",
            "f",
            Symbol("lib.py", "f"),
        ),
        (
            "try:\n    from fastapi import F\nexcept ImportError:\n    F = None\n",
            "F",
            Symbol(None, "fastapi.F"),
        ),
        ("from lib import f as g\n", "g", Symbol("lib.py", "f")),
        ("import lib\n", "lib.f", Symbol("lib.py", "f")),
        ("import lib as l\n", "l.f", Symbol("lib.py", "f")),
        ("import lib\n", "lib", Symbol("lib.py", "")),
        ("from lib import *\n", "f", Symbol("lib.py", "f")),
        ("from pack import f\n", "f", Symbol("lib.py", "f")),
        ("from pack import inner\n", "inner.g", Symbol("pack/inner.py", "g")),
        ("import pack.inner\n", "pack.inner.g", Symbol("pack/inner.py", "g")),
        ("from . import pack\n", "pack.inner.g", Symbol("pack/inner.py", "g")),
        ("from space import deep\n", "deep.h", Symbol("space/deep.py", "h")),
        ("import space.deep\n", "space.deep.h", Symbol("space/deep.py", "h")),
        ("from fastapi import FastAPI as F\n", "F", Symbol(None, "fastapi.FastAPI")),
        (
            "import fastapi.security as s\n",
            "s.HTTPBearer",
            Symbol(None, "fastapi.security.HTTPBearer"),
        ),
        ("import fastapi.security\n", "fastapi.security.X", Symbol(None, "fastapi.security.X")),
        ("from . import lib\n", "lib.f", Symbol("lib.py", "f")),
        ("from loop import x\n", "x", None),
        ("x = 1\n", "nothing", None),
        ("from .missing import f\n", "f", None),
    ],
)
def test_a_name(tmp_path: Path, text: str, name: str, symbol: Symbol | None) -> None:
    made = sources(
        tmp_path,
        main=text,
        lib="def f(): ...\n",
        pack_="from lib import f\n",
        pack_inner="def g(): ...\n",
        space_deep="def h(): ...\n",
        loop="from pool import x\n",
        pool="from loop import x\n",
    )
    assert made.resolve("main.py", name) == symbol


def test_a_src_folder_is_searched(tmp_path: Path) -> None:
    made = sources(tmp_path, run="from shop import app\n", src_shop="app = 1\n")
    assert made.resolve("run.py", "app") == Symbol("src/shop.py", "app")


def test_methods(tmp_path: Path) -> None:
    text = "class A:\n    def m(self): ...\na = A()\nb = a\n"
    made = sources(tmp_path, main=text)
    for name in ("A.m", "a.m"):
        assert made.function(Symbol("main.py", name)) is not None
    assert made.function(Symbol("main.py", "A.other")) is None


def test_what_cannot_be_parsed_is_empty_and_remembered(tmp_path: Path) -> None:
    made = sources(tmp_path, main="def\n")
    assert made.names("main.py").definitions == {}
    assert list(made.unreadable) == ["main.py"]


def test_files_are_found_by_their_bytes(tmp_path: Path) -> None:
    made = sources(tmp_path, one="FastAPI()\n", two="MyFastAPI()\n", three="pass\n")
    assert made.holding(b"FastAPI") == ("one.py", "two.py")
    assert made.mentioning(rb"\bFastAPI\b", b"FastAPI") == ("one.py",)
    assert made.mentioning(rb"\bpass\b") == ("three.py",)


@pytest.mark.parametrize(
    ("path", "is_aside"),
    [
        ("app/main.py", False),
        ("tests/main.py", True),
        ("app/Tests/x.py", True),
        ("test_x.py", True),
        ("x_test.py", True),
        ("app/contest/x.py", False),
        ("app/latest.py", False),
        ("examples/a/main.py", True),
    ],
)
def test_side_files(path: str, is_aside: bool) -> None:
    assert is_side_file(path) == is_aside


def test_folders() -> None:
    assert upwards("a/b/c.py") == ("a/b", "a", "")
    assert upwards("c.py") == ("",)
    assert within("", "x") == "x"
    assert within("a/b", "x") == "a/b/x"
