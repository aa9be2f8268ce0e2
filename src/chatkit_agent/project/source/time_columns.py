"""Time columns: where the tables of a chat keep times without their zone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.meaning import names_used, truth_of
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import literals, within_node

TYPES = ("DateTime", "TIMESTAMP", "DATETIME")
MAPPERS = ("sqlalchemy", "sqlmodel")
MAKING = ("Column", "mapped_column", "Field")
TYPED = ("type_", "sa_type", "sa_column")
IN_SQL = re.compile(
    r'[(,] ?"?(?P<column>\w+)"? timestamp(?: ?\(\d\))?(?: without time zone)?'
    r"(?! ?\(\d\)| with time zone|\w)"
)
# These have no columns with a zone.
OTHERS = {"sqlite3", "aiosqlite", "aiomysql", "asyncmy", "pymysql", "MySQLdb"}
Line = cst.AnnAssign | cst.Assign


def naive_columns(chat: Anatomy) -> Iterator[tuple[str, str]]:
    """Where it is, and what is written there, for a database that has times with a zone."""
    if _is_other(chat):
        return
    is_mapped_so = any("type_annotation_map" in names_used(e.node) for e in chat.code.modules)
    for table in chat.tables:
        for line in syntax.statements(table.node):
            if isinstance(line, Line) and _is_naive(chat, table, line, is_mapped_so=is_mapped_so):
                yield chat.code.where(table, line), syntax.code(line)[:80]
    for made in chat.kept_tables:
        for found in IN_SQL.finditer(made.text):
            yield made.where, f"{found['column']} timestamp"


def _is_other(chat: Anatomy) -> bool:
    nodes = [each.node for each in chat.code.modules]
    aliases = (one.name for each in nodes for one in within_node(each, cst.ImportAlias))
    modules = (one.module for each in nodes for one in within_node(each, cst.ImportFrom))
    named: list[cst.CSTNode | None] = [*aliases, *modules]
    if any((syntax.dotted(each) or "").partition(".")[0] in OTHERS for each in named):
        return True
    texts = (text for each in chat.code.modules for _, text in literals(each.node))
    return any(text.startswith(("sqlite", "mysql")) for text in texts)


def _is_naive(chat: Anatomy, table: Scope, line: Line, *, is_mapped_so: bool) -> bool:
    types = list(_types(chat, table, line))
    if types:
        return not all(types)
    is_time = isinstance(line, cst.AnnAssign) and _is_datetime(chat, table, line.annotation)
    return is_time and not is_mapped_so and not _is_typed(chat, table, line)


def _types(chat: Anatomy, table: Scope, line: Line) -> Iterator[bool]:
    """For each type of a time in a column whether it has a zone: `DateTime(timezone=True)`."""
    called = {}
    for call in chat.code.calls_in(line):
        called[call.node.func] = truth_of(chat.code, table, call.argument("timezone", 0))
    inner = {each.attr for each in within_node(line, cst.Attribute)}
    for node in within_node(line, cst.Name, cst.Attribute):
        symbol = chat.code.resolve(table, syntax.dotted(node)) if node not in inner else None
        if any(chat.code.is_from(symbol, each, *TYPES) for each in MAPPERS):
            yield called.get(node) is True


def _is_datetime(chat: Anatomy, table: Scope, node: cst.Annotation) -> bool:
    """`Mapped[datetime]`, `datetime | None`"""
    for each in within_node(node, cst.Name, cst.Attribute):
        symbol = chat.code.resolve(table, syntax.dotted(each))
        if symbol and symbol.path is None and symbol.name == "datetime.datetime":
            return True
    return False


def _is_typed(chat: Anatomy, table: Scope, line: Line) -> bool:
    """Whether the column has a type of which only running the code would tell."""
    for call in chat.code.calls_in(line):
        symbol = call.symbol
        if any(chat.code.is_from(symbol, each, *MAKING) for each in MAPPERS):
            plain = [arg for arg in call.node.args if arg.keyword is None and not arg.star]
            given = any(call.argument(each) is not None for each in TYPED)
            if call.spreads or given or any(chat.code.text(table, e.value) is None for e in plain):
                return True
        elif call.method == "relationship":
            return True
    return False
