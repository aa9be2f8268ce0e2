"""Names: what a module binds at its top level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.chunks import Chunk
from chatkit_agent.project.source.syntax import Import
from chatkit_agent.project.source.written_imports import imports_written

Definition = cst.FunctionDef | cst.ClassDef | syntax.Assignment


@dataclass(frozen=True)
class Names:
    """What a module binds at its top level."""

    definitions: dict[str, Definition | Chunk]
    """A function or a class is parsed when it is asked for."""
    imports: dict[str, Import]
    stars: tuple[Import, ...]


def names_in(chunks: Sequence[Chunk]) -> Names:
    assigned: dict[str, Definition | Chunk] = {}
    defined: dict[str, Definition | Chunk] = {}
    imported: list[tuple[str, Import]] = []
    fallbacks = set[str]()
    for chunk in chunks:
        if chunk.name:
            defined[chunk.name] = chunk
            continue
        if written := imports_written(chunk.source):
            imported += written
            continue
        for assignment in syntax.assignments(chunk.module):
            assigned[assignment.target] = assignment
        for node in syntax.statements(chunk.module):
            if isinstance(node, cst.FunctionDef | cst.ClassDef):
                defined[node.name.value] = node
        imported += syntax.imports(chunk.module)
        fallbacks |= syntax.fallbacks(chunk.module)
    stars = tuple(each for name, each in imported if name == "*")
    # Of what is imported twice under a name, the first.
    bound = dict(each for each in reversed(imported) if each[0] != "*")
    bound = {name: bound[name] for name, _ in imported if name != "*"}
    own = {k: v for k, v in (assigned | defined).items() if k not in fallbacks or k not in bound}
    return Names(own, bound, stars)


def defined_by(chunk: Chunk) -> Definition | None:
    nodes = (each for each in chunk.module.body if isinstance(each, cst.FunctionDef | cst.ClassDef))
    return next(nodes, None)
