"""Statements: the SQL that is written in source, and in files of SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeGuard

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.code import Code
from chatkit_agent.project.source.scope import SCOPES, Scope
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.source.values import text_of
from chatkit_agent.project.source.walking import is_one, line_at, within_node

SQL = re.compile(
    r"\b(?:select\b.*\bfrom|(?:insert|replace)\s+(?:or\s+\w+\s+)?into|update\b.*\bset|delete\s+from|create\s+(?:table|schema))\b",
    re.IGNORECASE | re.DOTALL,
)

TEXTS = (
    cst.SimpleString,
    cst.ConcatenatedString,
    cst.FormattedString,
    cst.BinaryOperation,
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

    @property
    def file(self) -> str:
        return self.scope.file if self.scope else self.place.rpartition(":")[0]


NAMED = re.compile(r"--[ \t]*name:[ \t]*(?P<name>\w+)[^\n]*\n(?P<said>[^;]*)", re.IGNORECASE)
COMMENT = re.compile(r"--[^\n]*")


def _in_file(sources: Sources, path: str) -> Iterator[Statement]:
    """The statements that a file of SQL holds by name, for code to carry out."""
    text = sources.text(path)
    for each in NAMED.finditer(text):
        said = _on_one_line(each["said"])
        yield Statement(said, place=f"{path}:{line_at(text, each.start('said'))}")


@lru_cache(maxsize=1 << 10)
def statements(code: Code, scope: Scope) -> tuple[tuple[cst.CSTNode, str], ...]:
    """The SQL that a scope says, in lower case and on one line: in place, or by a name for it."""
    found = {
        text: node for where, node, text in _texts_of(code, scope.file) if scope in where.around()
    }
    for call in code.inside(scope):
        for arg in call.node.args:
            text = None if isinstance(arg.value, TEXTS) else _text(code, call.scope, arg.value)
            if text and SQL.search(text):
                name = syntax.dotted(arg.value)
                more = _added_to(code, call.scope, {name} if name else set())
                found.setdefault(_on_one_line(text + more), arg.value)
    named = {text: node for node, text in _statements_named(code, scope)}
    return tuple((node, text) for text, node in {**named, **found}.items())


def made_of(code: Code, scope: Scope) -> Iterator[cst.BaseExpression]:
    """The expressions of which a function makes its statements."""
    for where, node, _ in _texts_of(code, scope.file):
        if where is scope and isinstance(node, cst.BaseExpression):
            yield node
            yield from _additions(code, scope, _names_of(scope, node))


def _on_one_line(text: str) -> str:
    return " ".join(COMMENT.sub("", text).lower().split())


def _text(code: Code, scope: Scope, node: cst.BaseExpression) -> str | None:
    return text_of(code, scope, node, unknown="{}")


Said = tuple[Scope, cst.CSTNode, str]


@lru_cache(maxsize=1 << 8)  # several checks ask for those of each module
def _texts_of(code: Code, file: str) -> tuple[Said, ...]:
    """The SQL of a module, with the innermost scope in which it is said; no docstrings."""
    scopes = {each.node: each for each in code.scopes if each.file == file}
    found: list[Said] = []
    waiting = [(each.node, each) for each in scopes.values() if isinstance(each.node, cst.Module)]
    parts: list[tuple[cst.CSTNode, Scope]] = [*waiting]
    while parts:
        node, scope = parts.pop()
        if isinstance(node, cst.Expr) and isinstance(node.value, cst.SimpleString):
            continue
        text = _text(code, scope, node) if _is_text(node) else None
        if text and SQL.search(text):
            found.append((scope, node, _on_one_line(text + _text_behind(code, scope, node))))
            continue
        inner = scopes.get(node, scope) if is_one(node, SCOPES) else scope
        parts.extend((each, inner) for each in reversed(syntax.parts_of(node)))
    return tuple(found)


def _is_text(node: cst.CSTNode) -> TypeGuard[cst.BaseExpression]:
    """A literal, or what is put together of some."""
    if isinstance(node, cst.Call):
        return isinstance(node.func, cst.Attribute) and node.func.attr.value in ("format", "join")
    return is_one(node, TEXTS)


def _text_behind(code: Code, scope: Scope, node: cst.CSTNode) -> str:
    """What `query += " limit $2"`, `query = query + ...` and `parts.append(...)` put behind it."""
    return _added_to(code, scope, _names_of(scope, node))


def _names_of(scope: Scope, node: cst.CSTNode) -> set[str]:
    """The names of a text, or of a list that begins with it."""
    return {each.target for each in syntax.assignments(scope.node) if _begins(each.value, node)}


def _added_to(code: Code, scope: Scope, held: set[str]) -> str:
    added = (_text(code, scope, each) for each in _additions(code, scope, held)) if held else ()
    return "".join(f" {text}" for text in added if text)


def _additions(code: Code, scope: Scope, held: set[str]) -> Iterator[cst.BaseExpression]:
    for each in within_node(scope.node, cst.AugAssign):
        if syntax.dotted(each.target) in held:
            yield each.value
    for again in syntax.assignments(scope.node):
        value = again.value if isinstance(again.value, cst.BinaryOperation) else None
        if value is not None and again.target in held and syntax.dotted(value.left) == again.target:
            yield value.right
    for call in code.inside(scope):
        if call.method == "append" and call.receiver in held and call.node.args:
            yield call.node.args[0].value


def _begins(value: cst.BaseExpression, node: cst.CSTNode) -> bool:
    """`query = "select ..."`, or `parts = ["select ..."]`"""
    elements = value.elements if isinstance(value, cst.List) else ()
    return value is node or any(each.value is node for each in elements)


def _statements_named(code: Code, scope: Scope) -> Iterator[tuple[cst.CSTNode, str]]:
    """The statements of files of SQL that a scope names, as text or as an attribute."""
    files = _in_files(code)
    if not files:
        return
    for node in within_node(scope.node, cst.SimpleString, cst.Attribute):
        name = node.attr.value if isinstance(node, cst.Attribute) else syntax.text(node)
        if text := files.get((name or "").rpartition("/")[2]):
            yield node, text


@lru_cache(maxsize=8)
def _in_files(code: Code) -> dict[str, str]:
    """The statements of files of SQL: each by its name, and all of a file by that of the file."""
    found = {}
    for path in code.sources.tree.glob(".sql"):
        text = code.sources.text(path)
        if not re.search(r"\bcreate\b", text, re.IGNORECASE):
            found[path.rpartition("/")[2]] = _on_one_line(text)
        found |= {each["name"]: _on_one_line(each["said"]) for each in NAMED.finditer(text)}
    return found


def said_by(code: Code, store: Scope) -> Iterator[Statement]:
    """In its class, in the constants beside it that it names, and in files of SQL beside it."""
    module = next(each for each in store.around() if isinstance(each.node, cst.Module))
    named = {each.value for each in within_node(store.node, cst.Name)}
    beside = [
        one
        for each in syntax.assignments(module.node)
        if each.target in named
        for one in statements(code, module)
        if one[0] in syntax.walk(each.value)
    ]
    known = {text for _, text in beside}
    own = [each for each in statements(code, store) if each[1] not in known]
    # `select ... from items`, which others go on from, is none by itself.
    beside = [each for each in beside if not any(each[1] in text for _, text in own)]
    yield from (Statement(text, code, store, node) for node, text in (*own, *beside))
    folder = store.file.rpartition("/")[0]
    for path in code.sources.tree.glob(".sql"):
        if path.rpartition("/")[0] == folder:
            yield from _in_file(code.sources, path)
