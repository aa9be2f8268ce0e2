"""The names that a class of the project has, with those of its bases."""

from __future__ import annotations

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.sources import Sources, Symbol
from chatkit_agent.project.source.walking import within_node

# Classes of libraries that bring no attribute by which a person is known.
PLAIN = ("AsyncAttrs", "BaseModel", "DeclarativeBase", "MappedAsDataclass", "SQLModel", "object")
# What makes the base of all tables, in a call.
BASES = ("declarative_base", "automap_base")


def attributes_of(
    sources: Sources, kind: Symbol | None, plain: tuple[str, ...] = PLAIN, hops: int = 5
) -> set[str] | None:
    """The names in a class and its bases; None where one of these is not known.

    Those of libraries that `plain` names count as known, and bring nothing.
    """
    node = sources.definition(kind)
    if kind is None or kind.path is None or not isinstance(node, cst.ClassDef) or not hops:
        return None
    found = {each.name.value for each in syntax.functions(node)}
    written = [each.target for each in within_node(node, cst.AnnAssign)]
    written += [each.target for each in within_node(node, cst.AssignTarget)]
    found |= {(syntax.dotted(each) or "").removeprefix("self.") for each in written}
    for base in syntax.bases(node):
        parent = sources.resolve(kind.path, base)
        if parent is not None and parent.path is None and parent.name.endswith(plain):
            continue
        made = sources.assigned(parent)
        if isinstance(made, cst.Call) and (syntax.dotted(made.func) or "").endswith(BASES):
            continue
        above = attributes_of(sources, parent, plain, hops - 1)
        if above is None:
            return None
        found |= above
    return found
