"""The delivered code uses six private names of libraries, in three files; nobody adds a seventh."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from agents import Agent
from chatkit.server import ChatKitServer
from openai import AsyncOpenAI

from chatkit_agent.edits.deliver_backend import REFERENCE

# The public `process` does the same, and takes more of each request's processor time.
ALLOWED = {"_process_streaming", "_process_non_streaming", "_process_events"}
FILE = "parsed_requests.py"
# Nothing public says which agent a tool was made of, and its guardrails have to decide in time.
AGENT_OF_A_TOOL = ("guardrails.py", "_agent_instance")
OVERRIDDEN = {
    # The SDK deletes what came after a message before it is answered anew; this one does not.
    (FILE, "_process_streaming_impl"),
    # Where the SDK reads an event without data, an answer would end.
    ("openai_client.py", "_make_sse_decoder"),
}
BASES = (ChatKitServer, AsyncOpenAI)
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
        if any(map(private, [*(node.module or "").split("."), alias.name]))
    }
    assert foreign == {*((FILE, name) for name in ALLOWED), AGENT_OF_A_TOOL}
    assert imported == set()


def test_what_is_overridden_of_libraries_is_this() -> None:
    defined = {
        (path.name, node.name)
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef) and private(node.name)
        if any(hasattr(base, node.name) for base in BASES)
    }
    assert defined == OVERRIDDEN


def test_nothing_is_imported_for_its_effect_alone() -> None:
    assert not [path.name for path in TREES if "F401" in path.read_text()]


def test_the_sdk_has_them() -> None:
    for name in ALLOWED | {name for _, name in OVERRIDDEN}:
        assert any(callable(getattr(base, name, None)) for base in BASES)
    agent = Agent(name="A")
    assert getattr(agent.as_tool(None, None), AGENT_OF_A_TOOL[1]) is agent
