"""What people write never becomes part of a statement."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import within_node

SQL = re.compile(
    r"^\s*(?:select\b.+\bfrom|insert\s+into|update\s+\S+\s+set|delete\s+from|with\s+\S+\s+as)\b",
    re.IGNORECASE | re.DOTALL,
)
# What names a table or a direction is the program's own.
OWN = re.compile(
    r"schema|table|column|prefix|order|direction|\basc\b|\bdesc\b|placeholders?|marks|sort|where"
    r"|clause|comparison|operator|fields|names|limit|sql|query|condition",
    re.IGNORECASE,
)
CONSTANT = re.compile(r"(?:\w+\.)*[A-Z][A-Z0-9_]*")


@check(
    "CK418",
    "What people write never becomes part of a statement",
    needs=SOURCE,
    symptoms=("leaks", "mixed_up", "server_error"),
)
def sql_parameterised(chat: Anatomy) -> Iterator[Finding]:
    """A statement of an f-string, of `%`, `+` or `format` with an id or a text in it lets whoever
    chooses that write SQL: the ids of threads and items come from the client. The names of schemas,
    tables and columns are the program's own.
    """
    for scope in chat.code.functions:
        if scope.owner not in chat.stores and scope.file not in chat.files:
            continue
        for node, value in _filled(scope):
            name = syntax.code(value)
            if not _is_own(name) and not _is_constant(chat, scope, value):
                yield Finding(
                    what="Whoever chooses an id or a text can write SQL: it becomes part of a "
                    "statement.",
                    where=chat.code.where(scope, node),
                    evidence=f"`{name}` is put into the text of a statement in `{scope.name}`.",
                    fix="Write a placeholder (`$1`, `%s`, `:name`), and give the value beside the "
                    "statement.",
                    cause="sql injection",
                )
                break


def _is_own(name: str) -> bool:
    return OWN.search(name) is not None or CONSTANT.fullmatch(name) is not None


def _is_constant(chat: Anatomy, scope: Scope, value: cst.BaseExpression) -> bool:
    held = chat.code.value(scope, value)
    return isinstance(held, cst.SimpleString | cst.ConcatenatedString | cst.Integer)


def _filled(scope: Scope) -> Iterator[tuple[cst.CSTNode, cst.BaseExpression]]:
    """The statements in a function that are put together, with each value in them."""
    inner = {
        part
        for each in within_node(scope.node, cst.FunctionDef)
        if each is not scope.node
        for part in within_node(each, cst.FormattedString, cst.BinaryOperation, cst.Call)
    }
    for node in within_node(scope.node, cst.FormattedString, cst.BinaryOperation, cst.Call):
        if node not in inner:
            yield from ((node, value) for value in _values(node))


def _values(node: cst.CSTNode) -> list[cst.BaseExpression]:
    if isinstance(node, cst.FormattedString):
        said = "".join(
            part.value if isinstance(part, cst.FormattedStringText) else "x" for part in node.parts
        )
        parts = [each for each in node.parts if isinstance(each, cst.FormattedStringExpression)]
        return [each.expression for each in parts] if SQL.match(said) else []
    if isinstance(node, cst.BinaryOperation):
        text = syntax.text(node.left)
        is_joined = isinstance(node.operator, cst.Add | cst.Modulo)
        if not (is_joined and text and SQL.match(text)):
            return []
        right = node.right
        return [e.value for e in right.elements] if isinstance(right, cst.Tuple) else [right]
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        text = syntax.text(node.func.value)
        if node.func.attr.value == "format" and text and SQL.match(text):
            return [arg.value for arg in node.args]
    return []
