"""Names: what a module binds at its top level; an import is told from its text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from keyword import iskeyword

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.chunks import Chunk
from chatkit_agent.project.source.syntax import Import

COMMENT = re.compile(r"#[^\n]*")
FROM = re.compile(
    r"from[ \t]+(?=\.|\w)(\.*)([\w.]*)[ \t]+import[ \t]+(?:\(([^()]*?),?\s*\)|(\*|[^()\n]+))"
)
PLAIN = re.compile(r"import[ \t]+([^()\n]+)")
ALIAS = re.compile(r"\s*([A-Za-z_][\w.]*)(?:\s+as\s+([A-Za-z_]\w*))?\s*")


def imports_written(source: bytes) -> tuple[tuple[str, Import], ...]:
    """As `syntax.imports` gives it; empty where it is no plain import, or not for certain."""
    text = COMMENT.sub("", source.decode("ascii", errors="replace")).strip()
    if found := FROM.fullmatch(text):
        dots, module, inside, outside = found.groups()
        level = len(dots)
        if outside == "*":
            return (("*", Import(module, level, "*")),)
        aliases = _aliases(inside if outside is None else outside)
        return tuple((to or name, Import(module, level, name)) for name, to in aliases)
    plain = PLAIN.fullmatch(text)
    return tuple(_binding(name, to) for name, to in _aliases(plain[1])) if plain else ()


def _binding(name: str, to: str | None) -> tuple[str, Import]:
    head = name.partition(".")[0]
    return (to, Import(name)) if to else (head, Import(head))


def _aliases(names: str) -> tuple[tuple[str, str | None], ...]:
    found = [ALIAS.fullmatch(each) for each in names.split(",")]
    words = [part for each in found if each for part in each.groups("") for part in part.split(".")]
    if None in found or any(map(iskeyword, words)):
        return ()
    return tuple((each[1], each[2]) for each in found if each)


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
