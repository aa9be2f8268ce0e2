"""Speaking: by which names the top of a file knows some things, and what it makes with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import libcst as cst

from chatkit_agent.errors import CannotRead
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.chunks import Chunk, chunks_of
from chatkit_agent.project.source.names import imports_written
from chatkit_agent.project.source.sources import Sources, Symbol
from chatkit_agent.project.source.syntax import Import


def speaking(sources: Sources, file: str, *names: str) -> tuple[bytes, ...]:
    """Patterns that find each statement in which one of the names is used, by whatever name.

    What is made with one has its own name among them, and what is made with that: a statement
    without any of them has nothing to do with these names. A star import hides what it brings.
    """
    known, chunks = set(names), list(chunks_of(sources.tree.read(file)))
    while True:
        found = re.compile(_pattern(known)).search
        named = [chunk for chunk in chunks if found(chunk.source)]
        new = {name for chunk in named for name in _names_bound(chunk, known)} - known
        if not new:
            return (_pattern(known),)
        chunks = [chunk for chunk in chunks if chunk not in named or not chunk.name]
        known |= new


def speaks(sources: Sources, symbol: Symbol, words_of: Callable[[str], Sequence[bytes]]) -> bool:
    """Whether a function or class has one of the words of its file in it; else none parses it."""
    names = sources.names(symbol.path).definitions if symbol.path else {}
    held = names.get(symbol.name.partition(".")[0])
    if not isinstance(held, Chunk):
        return True
    words = words_of(symbol.path or "")
    return not words or any(re.search(word, held.source) for word in words)


def _pattern(names: set[str]) -> bytes:
    return rb"\b(?:%s)\b" % b"|".join(sorted(name.encode() for name in names))


def _names_bound(chunk: Chunk, known: set[str]) -> Iterator[str]:
    """The names that a chunk gives to what it takes from one of the known names."""
    if chunk.name:
        yield chunk.name
        return
    if written := imports_written(chunk.source):
        yield from _names_taken(written, known)
        return
    try:
        module = chunk.module
    except CannotRead:
        return
    yield from _names_taken(syntax.imports(module), known)
    yield from (each.target.partition(".")[0] for each in syntax.assignments(module))
    for node in syntax.statements(module):
        if isinstance(node, cst.FunctionDef | cst.ClassDef):
            yield node.name.value


def _names_taken(imports: Iterable[tuple[str, Import]], known: set[str]) -> Iterator[str]:
    return (name for name, what in imports if what.name in known or what.module in known)
