"""Requirement lists: what a file that pip takes asks for, with the files that it names."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace

from chatkit_agent.project.facts import Declared
from chatkit_agent.project.source.declared import from_lines
from chatkit_agent.project.source.sources import Sources, within

CONSTRAINED = re.compile(r"^\s*(?:-c|--constraint)[\s=]+(\S+)", re.MULTILINE)
INCLUDED = re.compile(r"^\s*(?:-r|--requirement)[\s=]+(\S+)", re.MULTILINE)


def requirements_in(sources: Sources, path: str) -> Iterator[Declared]:
    """What a requirements file asks for, with the files that it includes."""
    queue = [path]
    for each in queue:
        yield from requirement_lines(sources, each)
        for limits in _files_named(sources, each, CONSTRAINED):
            yield from (replace(r, limits_only=True) for r in requirement_lines(sources, limits))
        queue += [name for name in _files_named(sources, each, INCLUDED) if name not in queue]


def requirement_lines(sources: Sources, path: str) -> Iterator[Declared]:
    return from_lines(sources.text(path).splitlines(), path)


def _files_named(sources: Sources, path: str, option: re.Pattern[str]) -> Iterator[str]:
    folder = path.rpartition("/")[0]
    for name in option.findall(sources.text(path)):
        named = posixpath.normpath(within(folder, name))
        if sources.has(named, path):
            yield named
