"""Names: what a module binds at its top level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.parts import Part
from chatkit_agent.project.source.syntax import Import

Definition = cst.FunctionDef | cst.ClassDef | syntax.Assignment


@dataclass(frozen=True)
class Names:
    """What a module binds at its top level."""

    definitions: dict[str, Definition | Part]
    """A function or a class is parsed when it is asked for."""
    imports: dict[str, Import]
    stars: tuple[Import, ...]


def names_in(parts: Sequence[Part]) -> Names:
    assigned: dict[str, Definition | Part] = {}
    defined: dict[str, Definition | Part] = {}
    imported: dict[str, Import] = {}
    stars: list[Import] = []
    for part in parts:
        if part.name:
            defined[part.name] = part
            continue
        for assignment in syntax.assignments(part.module):
            assigned[assignment.target] = assignment
        for node in syntax.statements(part.module):
            if isinstance(node, cst.FunctionDef | cst.ClassDef):
                defined[node.name.value] = node
        for name, each in syntax.imports(part.module):
            if name == "*":
                stars.append(each)
            else:
                imported.setdefault(name, each)
    return Names(assigned | defined, imported, tuple(stars))


def defined_by(part: Part) -> Definition | None:
    nodes = (each for each in part.module.body if isinstance(each, cst.FunctionDef | cst.ClassDef))
    return next(nodes, None)
