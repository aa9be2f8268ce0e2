"""What runs in an application's own environment runs on the oldest Python that one may have."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import chatkit_agent

OLDEST = (3, 8)
HERE = Path(chatkit_agent.__file__).parent
SCRIPTS = (
    *sorted((HERE / "evidence/run").glob("boot_*.py")),
    HERE / "sandbox/isolation/launcher.py",
    *sorted((HERE / "sandbox/isolation/prelude").glob("*.py")),
)
GENERIC = {"dict", "frozenset", "list", "set", "tuple", "type"}
LATER = {"removeprefix", "removesuffix", "to_thread"}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_it_runs_on_the_oldest_python(script: Path) -> None:
    tree = ast.parse(script.read_text(), feature_version=OLDEST)
    assert list(newer(tree)) == []


@pytest.mark.parametrize(
    "code", ["class Cookies(dict[str, str]): ...", "Names = list[str]", "x.removeprefix('a')"]
)
def test_what_is_newer_is_found(code: str) -> None:
    assert list(newer(ast.parse(code)))


def newer(tree: ast.Module) -> Iterator[str]:
    """What is evaluated and came later; annotations are not, by `from __future__`."""
    unread = {
        id(inner)
        for node in ast.walk(tree)
        for name in ("annotation", "returns")
        if isinstance(said := getattr(node, name, None), ast.expr)
        for inner in ast.walk(said)
    }
    for node in ast.walk(tree):
        if id(node) in unread:
            continue
        if isinstance(node, ast.Subscript) and getattr(node.value, "id", "") in GENERIC:
            yield ast.unparse(node)
        if isinstance(node, ast.Attribute) and node.attr in LATER:
            yield ast.unparse(node)
