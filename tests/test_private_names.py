"""The delivered code uses four private names of a library, in one file; nobody adds a fifth."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from chatkit.server import ChatKitServer

from chatkit_agent.edits.deliver_backend import REFERENCE

# The public `process` does the same, and takes more of each request's processor time.
ALLOWED = {"_process_streaming", "_process_non_streaming", "_process_events"}
FILE = "parsed_requests.py"
# The SDK deletes what came after a message before it is answered anew; this one does not.
OVERRIDDEN = {"_process_streaming_impl"}
TREES = {path: ast.parse(path.read_text()) for path in sorted(REFERENCE.rglob("*.py"))}


def private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def own() -> Iterator[str]:
    """Every private name that the delivered code defines."""
    for tree in TREES.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield node.name
            elif isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.attr if isinstance(node, ast.Attribute) else node.id


def test_private_names_of_libraries_are_these() -> None:
    used = {
        (path.name, node.attr)
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and private(node.attr)
    }
    ours = set(own())
    # A named tuple's `_replace` is public in spite of its name.
    foreign = {(file, name) for file, name in used if name not in ours | {"_replace"}}
    imported = {
        alias.name
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level == 0
        for alias in node.names
        if private(alias.name)
    }
    assert foreign == {(FILE, name) for name in ALLOWED}
    assert imported == set()


def test_they_are_overridden_in_that_file_alone() -> None:
    defined = {
        (path.name, node.name)
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef) and node.name in OVERRIDDEN
    }
    assert defined == {(FILE, name) for name in OVERRIDDEN}


def test_nothing_is_imported_for_its_effect_alone() -> None:
    assert not [path.name for path in TREES if "F401" in path.read_text()]


def test_the_sdk_has_them() -> None:
    for name in ALLOWED | OVERRIDDEN:
        assert callable(getattr(ChatKitServer, name))
