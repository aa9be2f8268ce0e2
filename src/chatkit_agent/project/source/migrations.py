"""Migrations: the revisions of a project's Alembic, and which of them follows which."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.folders import within
from chatkit_agent.project.source.sources import Sources

ASIDE = re.compile(r"(?:^|/)(?:tests?|fixtures|examples?|samples?|docs?|templates?)/")
FAR = 3
"""How many folders above a revision the environment of Alembic may be."""


@dataclass(frozen=True)
class Revision:
    """One revision. `parents` is None where only running it would tell what it follows."""

    file: str
    line: int
    name: str
    parents: tuple[str, ...] | None
    home: str
    """The folder with the `env.py` that runs it."""
    is_branch: bool = False
    """Whether it has a label, or depends on others: then several heads are meant."""


def revisions(sources: Sources) -> tuple[Revision, ...]:
    """Those that an `env.py` runs, but for those of tests and examples."""
    return tuple(
        found
        for path in sources.holding(b"down_revision")
        if not ASIDE.search(path)
        for found in _revision(sources, path)
    )


def heads(found: tuple[Revision, ...]) -> tuple[Revision, ...]:
    """Those that no other one follows."""
    followed = {parent for each in found for parent in each.parents or ()}
    return tuple(each for each in found if each.name not in followed)


def _revision(sources: Sources, path: str) -> Iterator[Revision]:
    values = {each.target: each.value for each in syntax.assignments(sources.module(path))}
    home, name = _home(sources, path), syntax.text(values.get("revision"))
    if home is None or name is None or "down_revision" not in values:
        return
    text = sources.text(path)
    place = re.search(r"^down_revision\b", text, re.MULTILINE)
    line = text.count("\n", 0, place.start()) + 1 if place else 1
    more = (values.get("branch_labels"), values.get("depends_on"))
    is_branch = any(each is not None and syntax.dotted(each) != "None" for each in more)
    given = values["down_revision"]
    parents = _parents(values.get(syntax.dotted(given) or "", given), values)
    yield Revision(path, line, name, parents, home, is_branch)


def _home(sources: Sources, path: str) -> str | None:
    for folder in list(PurePosixPath(path).parents)[:FAR]:
        if sources.tree.exists(within(str(folder), "env.py")):
            return str(folder)
    return None


def _parents(
    value: cst.BaseExpression, values: Mapping[str, cst.BaseExpression]
) -> tuple[str, ...] | None:
    """Those that are written down, each by itself or by a name for it."""
    if syntax.dotted(value) == "None":
        return ()
    listed = value.elements if isinstance(value, cst.Tuple | cst.List) else None
    each = [value] if listed is None else [one.value for one in listed]
    names = [syntax.text(values.get(syntax.dotted(one) or "", one)) for one in each]
    return tuple(name for name in names if name) if all(names) else None
