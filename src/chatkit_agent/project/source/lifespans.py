"""Lifespans: what an application makes once when it starts, and each request's `state` holds."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.source.walking import entries_in, within_node

GIVEN = re.compile(r"\blifespan(?:_context)?\s*=\s*(\w+)")


def shared_state(sources: Sources) -> frozenset[str]:
    """The names under `request.state` that a lifespan yields: they tell nothing of who asks."""
    files = sources.holding(b"lifespan", aside=False)
    given = {name for file in files for name in GIVEN.findall(sources.text(file))} | {"lifespan"}
    return frozenset(name for file in files for name in _names_yielded(sources, file, given))


def _names_yielded(sources: Sources, file: str, lifespans: set[str]) -> Iterator[str]:
    for function in syntax.functions(sources.module(file, b"yield")):
        is_lifespan = function.name.value in lifespans
        for each in within_node(function.body, cst.Yield) if is_lifespan else ():
            yield from (syntax.text(entry.key) or "" for entry in entries_in(each.value))
            args = each.value.args if isinstance(each.value, cst.Call) else ()
            yield from (arg.keyword.value for arg in args if arg.keyword)
