"""Statements: the SQL that is written in source, and in files of SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import libcst as cst

from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.scopes import Code
from chatkit_agent.project.source.walking import literals

SQL = re.compile(
    r"\b(?:select\b.*\bfrom|insert\s+into|update\b.*\bset|delete\s+from|create\s+(?:table|schema))\b",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class Statement:
    """A statement of SQL, in lower case and on one line; its line is only looked up when asked."""

    text: str
    code: Code | None = None
    scope: Scope | None = None
    node: cst.CSTNode | None = None
    place: str = ""

    @property
    def where(self) -> str:
        found = self.code and self.scope and self.code.where(self.scope, self.node)
        return found or self.place


def statements(scope: Scope) -> Iterator[tuple[cst.CSTNode, str]]:
    """The SQL in a scope, in lower case and on one line."""
    yield from statements_in(scope.node)


@lru_cache(maxsize=1 << 12)  # several checks ask for those of each module
def statements_in(within: cst.CSTNode) -> tuple[tuple[cst.CSTNode, str], ...]:
    said = ((node, text) for node, text in literals(within) if SQL.search(text))
    return tuple((node, " ".join(text.lower().split())) for node, text in said)
