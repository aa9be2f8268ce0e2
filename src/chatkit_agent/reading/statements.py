"""Statements: the SQL that is written in source, and in files of SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from chatkit_agent.reading.scopes import Code, Scope, literals

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


def statements_in(within: cst.CSTNode) -> Iterator[tuple[cst.CSTNode, str]]:
    for node, text in literals(within):
        if SQL.search(text):
            yield node, " ".join(text.lower().split())
