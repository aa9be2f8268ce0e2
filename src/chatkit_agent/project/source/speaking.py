"""Speaking: by which names the top of a file knows some things, and what it makes with them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.errors import CannotRead
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.chunks import Chunk, chunks_of
from chatkit_agent.project.source.sources import Sources


def speaking(sources: Sources, file: str, *names: str) -> tuple[bytes, ...]:
    """Patterns that find each statement in which one of the names is used, by whatever name.

    What is made with one has its own name among them, and what is made with that: a statement
    without any of them has nothing to do with these names. A star import hides what it brings.
    """
    known, chunks = set(names), list(chunks_of(sources.tree.read(file)))
    while True:
        found = re.compile(_pattern(known)).search
        named = [chunk for chunk in chunks if found(chunk.source)]
        new = {name for chunk in named for name in _bound(chunk, known)} - known
        if not new:
            return (_pattern(known),)
        chunks = [chunk for chunk in chunks if chunk not in named or not chunk.name]
        known |= new


def _pattern(names: set[str]) -> bytes:
    return rb"\b(?:%s)\b" % b"|".join(sorted(name.encode() for name in names))


def _bound(chunk: Chunk, known: set[str]) -> Iterator[str]:
    """The names that a chunk gives to what it takes from one of the known names."""
    if chunk.name:
        yield chunk.name
        return
    try:
        module = chunk.module
    except CannotRead:
        return
    for name, imported in syntax.imports(module):
        if imported.name in known or imported.module in known:
            yield name
    yield from (each.target.partition(".")[0] for each in syntax.assignments(module))
    for node in syntax.statements(module):
        if isinstance(node, cst.FunctionDef | cst.ClassDef):
            yield node.name.value
