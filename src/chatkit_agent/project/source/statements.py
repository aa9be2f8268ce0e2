"""Statements: the SQL that is written in source, and in files of SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.scopes import Code
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.source.walking import literals, within_node

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


NAMED = re.compile(r"--[ \t]*name:[^\n]*\n(?P<said>[^;]*)", re.IGNORECASE)
COMMENT = re.compile(r"--[^\n]*")


def _in_file(sources: Sources, path: str) -> Iterator[Statement]:
    """The statements that a file of SQL holds by name, for code to carry out."""
    text = sources.text(path)
    for each in NAMED.finditer(text):
        said = " ".join(COMMENT.sub("", each["said"]).lower().split())
        line = text.count("\n", 0, each.start("said")) + 1
        yield Statement(said, place=f"{path}:{line}")


def statements(code: Code, scope: Scope) -> tuple[tuple[cst.CSTNode, str], ...]:
    """The SQL that a scope says, in lower case and on one line: in place, or by a name for it."""
    found = {text: node for node, text in statements_in(scope.node)}
    for call in code.inside(scope):
        for arg in call.node.args:
            text = None if _is_said(arg.value) else code.text(call.scope, arg.value)
            if text and SQL.search(text):
                found.setdefault(_on_one_line(text), arg.value)
    return tuple((node, text) for text, node in found.items())


def _is_said(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.SimpleString | cst.ConcatenatedString)


def _on_one_line(text: str) -> str:
    return " ".join(text.lower().split())


@lru_cache(maxsize=1 << 12)  # several checks ask for those of each module
def statements_in(within: cst.CSTNode) -> tuple[tuple[cst.CSTNode, str], ...]:
    said = ((node, text) for node, text in literals(within) if SQL.search(text))
    return tuple((node, _on_one_line(text)) for node, text in said)


def said_by(code: Code, store: Scope) -> Iterator[Statement]:
    """In its class, in the constants beside it that it names, and in files of SQL beside it."""
    module = next(each for each in store.around() if isinstance(each.node, cst.Module))
    named = {each.value for each in within_node(store.node, cst.Name)}
    beside = [
        one
        for each in syntax.assignments(module.node)
        if each.target in named
        for one in statements_in(each.value)
    ]
    known = {text for _, text in beside}
    own = [each for each in statements(code, store) if each[1] not in known]
    yield from (Statement(text, code, store, node) for node, text in (*own, *beside))
    folder = store.file.rpartition("/")[0]
    for path in code.sources.tree.glob(".sql"):
        if path.rpartition("/")[0] == folder:
            yield from _in_file(code.sources, path)
