"""Circles: whether importing one file of the project imports another."""

from __future__ import annotations

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.sources import Sources


def reaches(sources: Sources, start: str, goal: str) -> bool:
    """Whether importing the file `start` imports the file `goal`."""
    seen, open_files = {start}, [start]
    while open_files:
        path = open_files.pop()
        for _, what in syntax.imports(sources.module(path)):
            deeper = ".".join(part for part in (what.module, what.name or "") if part)
            for file in (
                sources.file_of(path, what.module, what.level),
                sources.file_of(path, deeper, what.level),
            ):
                if file == goal:
                    return True
                if file and file not in seen:
                    seen.add(file)
                    open_files.append(file)
    return False
