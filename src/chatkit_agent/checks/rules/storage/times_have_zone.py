"""Times that are stored and sent have a zone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.meaning import calls_to, names_used, resolves_to, truth_of
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.walking import called_name, literals, receiver_of, within_node

NOW = ("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today")
PARTS = {"date", "day", "hour", "month", "strftime", "timestamp", "weekday", "year", "time"}
ZONED = {"astimezone", "replace"}
GIVEN = {"default", "default_factory", "onupdate", "insert_default"}
Place = tuple[Scope, cst.CSTNode, str]


@check("CK412", needs=SOURCE, severity="info")
def times_have_zone(chat: Anatomy) -> Iterator[Finding]:
    """Times that are stored and sent have a zone, in the code of the chat, in the columns of its
    models and in its tables of PostgreSQL. An info: the SDK's own have none either.
    """
    naive = [*_calls(chat), *_factories(chat)]
    if naive:
        places = [chat.code.where(scope, node) for scope, node, _ in naive]
        yield _finding(places, naive[0][2], "Write `datetime.now(timezone.utc)`.")
    columns = list(naive_columns(chat))
    if columns:
        fix = "Make the column `timestamp with time zone`: `DateTime(timezone=True)`."
        yield _finding([place for place, _ in columns], columns[0][1], fix)


def _finding(places: list[str], first: str, fix: str) -> Finding:
    return Finding(
        what="Times have no zone, so a browser takes them for its own: messages seem to be "
        "hours old, or of the future.",
        where=places[0],
        evidence=f"`{first}`, in {len(places)} place{'s' * (len(places) > 1)}.",
        fix=fix,
        cause="naive times",
        more=tuple(f"{place}: the same" for place in places[1:]),
    )


def _is_near(chat: Anatomy, scope: Scope) -> bool:
    """Whether it is in a file of the chat, or of the models that it is kept in."""
    return scope.file in chat.files or any(each.file == scope.file for each in chat.tables)


def _calls(chat: Anatomy) -> Iterator[Place]:
    """`datetime.now()`, but for what is only counted with or gets its zone later."""
    for call in calls_to(chat.code, *NOW):
        zone = call.value("tz", 0)
        is_naive = zone is None or syntax.dotted(zone) == "None"
        if is_naive and _is_near(chat, call.scope) and not _is_aside(call):
            yield call.scope, call.node, f"{call.written}()"


def _factories(chat: Anatomy) -> Iterator[Place]:
    """`Field(default_factory=datetime.utcnow)`"""
    for call in chat.code.calls:
        for name, value in call.keywords.items() if _is_near(chat, call.scope) else ():
            if name in GIVEN and resolves_to(chat.code, call.scope, value, *NOW):
                yield call.scope, value, f"{name}={syntax.code(value)}"


def _is_aside(call: Call) -> bool:
    around = call.scope.function or call.scope
    aside = set(_aside(around.node))
    names = [each.target for each in syntax.assignments(around.node) if each.value is call.node]
    used = [
        each
        for each in within_node(around.node, cst.Name)
        if each.value in names and not _is_target(around.node, each)
    ]
    return call.node in aside or (bool(used) and all(each in aside for each in used))


def _is_target(node: cst.CSTNode, name: cst.Name) -> bool:
    return any(each.target is name for each in within_node(node, cst.AssignTarget))


def _aside(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Times of which only a part or a difference is taken, or to which the zone is written."""
    yield from (each.value for each in within_node(node, cst.Attribute) if each.attr.value in PARTS)
    for call in within_node(node, cst.Call):
        name, receiver = called_name(call.func).rpartition(".")[2], receiver_of(call.func)
        is_zoned = name in ZONED and (name != "replace" or syntax.argument(call, "tzinfo"))
        if receiver is not None and (is_zoned or name in PARTS):
            yield receiver
    for joined in within_node(node, cst.BinaryOperation):
        if isinstance(joined.operator, cst.Subtract):
            yield from (joined.left, joined.right)
        elif syntax.text(joined.right) == "Z":
            yield from within_node(joined.left, cst.Call)


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
    named = within_node(node, cst.Name, cst.Attribute)
    return any(resolves_to(chat.code, table, each, "datetime.datetime") for each in named)


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
