"""Imports: where one more import statement goes in a module, and how it is written there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.syntax import Import


@dataclass(frozen=True)
class Placed:
    """An import statement by its index in the module's body."""

    index: int
    what: Import


@dataclass(frozen=True)
class Place:
    """Right above or right below the statement `index` of a module's body (-1: its top)."""

    index: int
    above: bool = False
    apart: bool = False
    """Whether a blank line separates it from what is before."""


def place_for(new: Import, module: cst.Module, *, floor: int, ceiling: int) -> Place:
    """Where `new` goes: into the sorted run of imports of its kind, else after the last import.

    It goes neither above statement `floor` nor below statement `ceiling`.
    """
    imports = [one for one in top_level_imports(module) if one.index < ceiling]
    akin = [one for one in imports if one.index > floor and _akin(one.what, new)]
    run = _last_run(akin, module)
    keys = [_key(one.what) for one in run]
    if not run or keys != sorted(keys):
        return Place(max([floor, *(one.index for one in imports)]), apart=not akin)
    earlier = [one.index for one in run if _key(one.what) <= _key(new)]
    return Place(max(earlier)) if earlier else Place(run[0].index, above=True)


def place_in_line(new: Import, module: cst.Module, *, floor: int) -> cst.ImportAlias | None:
    """The name after which `new` goes in a statement that imports from its module already.

    Only where that statement is on one line, without parentheses or a comment.
    """
    for index, statement in enumerate(module.body):
        if index > floor and isinstance(statement, cst.SimpleStatementLine):
            for _, what in syntax.imports(cst.Module([statement])):
                if (what.module, what.level) == (new.module, new.level) and what.name:
                    return _last_before(new, statement)
    return None


def _last_before(new: Import, statement: cst.SimpleStatementLine) -> cst.ImportAlias | None:
    node = statement.body[0]
    if len(statement.body) > 1 or not isinstance(node, cst.ImportFrom) or node.lpar:
        return None
    if statement.trailing_whitespace.comment or isinstance(node.names, cst.ImportStar):
        return None
    earlier = [each for each in node.names if _name_key(syntax.code(each)) < _name_key(new.name)]
    return earlier[-1] if earlier else None


def _name_key(name: str | None) -> tuple[bool, bool, str]:
    """How isort orders names: constants, then classes, then the rest."""
    name = name or ""
    return (not name.isupper(), not name[:1].isupper(), name.lower())


def top_level_imports(module: cst.Module) -> Iterator[Placed]:
    for index, statement in enumerate(module.body):
        if isinstance(statement, cst.SimpleStatementLine):
            for _, what in syntax.imports(cst.Module([statement])):
                yield Placed(index, what)


def written(new: Import) -> str:
    return f"from {'.' * new.level}{new.module} import {new.name}"


def relative(module: str, name: str, package: str) -> Import:
    """`from module import name`, as a module in `package` writes it with dots."""
    here, there = package.split("."), module.split(".")
    shared = 0
    while shared < min(len(here), len(there)) and here[shared] == there[shared]:
        shared += 1
    return Import(".".join(there[shared:]), len(here) - shared + 1, name)


def _akin(one: Import, new: Import) -> bool:
    if new.level or one.level:
        return bool(new.level and one.level)
    return one.module.split(".")[0] == new.module.split(".")[0]


def _last_run(akin: Sequence[Placed], module: cst.Module) -> list[Placed]:
    """The last imports that follow each other without a blank line or a comment."""
    run: list[Placed] = []
    for one in reversed(akin):
        if run and (run[0].index - one.index > 1 or _is_apart(module.body[run[0].index])):
            break
        run.insert(0, one)
    return run


def _is_apart(statement: cst.CSTNode) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and bool(statement.leading_lines)


def _key(one: Import) -> tuple[bool, int, str]:
    """How isort orders: plain imports first, then the farthest packages, then by name."""
    return (one.name is not None, -one.level, one.module.lower())
