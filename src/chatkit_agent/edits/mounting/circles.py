"""Circles: whether importing one file of the project imports another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.sources import Sources

IMPORT = rb"\bimport\b"


def reaches(sources: Sources, start: str, goal: str) -> bool:
    """Whether importing the file `start` imports the file `goal`.

    What imports the goal is looked for, and what imports that: mostly these are few.
    """
    imported = cache(lambda path: frozenset(_imports_of(sources, path)))
    seen, open_files = {goal}, [goal]
    while open_files:
        wanted = open_files.pop()
        for path in _naming(sources, wanted):
            if wanted in imported(path):
                if path == start:
                    return True
                if path not in seen:
                    seen.add(path)
                    open_files.append(path)
    return False


def _naming(sources: Sources, wanted: str) -> set[str]:
    """The files in which the name of a module stands, or that may mean a package by a dot."""
    folder, _, file = wanted.removesuffix(".py").rpartition("/")
    is_package = file == "__init__"
    name = folder.rpartition("/")[2] if is_package else file
    found = set(sources.mentioning(rb"\b%s\b" % re.escape(name).encode(), name.encode()))
    return found | {each for each in sources.python if is_package and each.startswith(folder)}


def _imports_of(sources: Sources, path: str) -> Iterator[str]:
    for _, what in syntax.imports(sources.module(path, IMPORT, bodies=False)):
        deeper = ".".join(part for part in (what.module, what.name or "") if part)
        for module in (what.module, deeper):
            if file := sources.file_of(path, module, what.level):
                yield file
