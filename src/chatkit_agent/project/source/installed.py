"""Installed: the names that a library's module has, read in the environment beside the project."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from chatkit_agent.project.source.folders import within
from chatkit_agent.project.tree import Tree

ENVIRONMENTS = (".venv", "venv")
PLACES = ("lib/python*/site-packages", "Lib/site-packages")
OPEN = re.compile(r"\bexec\(|import \*")
"""What binds names that stand nowhere; what a `__getattr__` gives stands in a text."""


def installed_names(tree: Tree, folders: Iterable[str], module: str) -> set[str] | None:
    """What can be imported from a module; None where it is not there, or not all is written."""
    for place in _places(tree, folders):
        stem = place.joinpath(*module.split("."))
        files = (stem / "__init__.py", stem.with_name(f"{stem.name}.py"))
        file = next((each for each in files if each.is_file()), None)
        if file is not None:
            return _names_in(file)
    return None


def _places(tree: Tree, folders: Iterable[str]) -> Iterator[Path]:
    for folder in folders:
        for name in ENVIRONMENTS:
            environment = tree.folder(within(folder, name))
            if environment is not None and (environment / "pyvenv.cfg").is_file():
                yield from (each for place in PLACES for each in environment.glob(place))


def _names_in(file: Path) -> set[str] | None:
    try:
        text = file.read_text(encoding="utf-8")
        module = ast.parse(text)
    except (OSError, ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    if OPEN.search(text):
        return None
    beside = file.parent.iterdir() if file.name == "__init__.py" else ()
    names = {each.name.partition(".")[0] for each in beside}
    for node in ast.walk(module):
        if isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names.add(node.value)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(each.asname or each.name).partition(".")[0] for each in node.names}
    return names
