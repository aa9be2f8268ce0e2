"""Tables: which tables and columns a project makes, in SQL, migrations and models, and where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.code import Call, Code
from chatkit_agent.project.source.meaning import reaches
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.source.statements import statements
from chatkit_agent.project.source.walking import last_name, line_at, literals, within_node

NAME = r'(?::?"?(?P<schema>[\w{}]+)"?\.)?"?(?P<table>[a-z_]\w*)"?'
NO_COLUMN = {"constraint", "primary", "unique", "foreign", "check", "exclude", "like", "index"}
CREATE = re.compile(
    r"create (?:(?:or replace|unlogged|temp|temporary|materialized|recursive|foreign) )*"
    rf"(?P<kind>table|view) (?:if not exists )?(?:(?!if ){NAME})?(?P<open> ?\()?"
)
ALTER = re.compile(
    rf"alter table (?:if exists )?(?:only )?(?:(?!if |only ){NAME}(?P<changes>[^;]*))?"
)
ADDED = re.compile(r"\badd (?:column )?(?:if not exists )?\"?([a-z_{]\w*)")
RENAMED = re.compile(r"\brename (?:column )?\"?\w+\"? to \"?([a-z_{]\w*)")
RENAMED_TABLE = re.compile(r"\brename to \"?([a-z_{]\w*)")
MODEL = re.compile(r"__tablename__[^=\n]*= *[\"'](\w+)[\"']|\bTable\( *[\"'](\w+)[\"']")
SQLMODEL = re.compile(r"^class (\w+)\([^)\n]*\btable *= *True", re.MULTILINE)
PYTHON = re.compile(
    rb"add_column|create_table|rename_table|alter_column|(?i:alter\s+table|create\s[\w\s]*(?:table|view))"
)
OPERATIONS = {"rename_table", "create_table", "add_column", "alter_column"}
STATEMENT = re.compile(r"\s*(?:create|alter|do|begin|if)\b", re.IGNORECASE)
COMMENT = re.compile(r"--[^\n]*")
BRACKETS = re.compile(r"\([^()]*(?:\([^()]*\)[^()]*)*\)")


WRITTEN = re.compile(rf"\b(?:insert|replace)(?: or \w+)? into {NAME}")


@dataclass(frozen=True)
class Made:
    """A table, or columns of it; None where only running the code would tell which."""

    table: str
    """Empty where that cannot be told either."""
    columns: frozenset[str] | None
    where: str
    schema: str = ""
    is_new: bool = False
    """Whether this makes the table itself."""
    is_model: bool = False


def tables_written(code: Code, methods: Iterable[Scope]) -> set[str]:
    """The tables into which some functions, and what they run, insert."""
    near = reaches(code, methods, hops=2)
    said = (text for each in near for _, text in statements(code, each))
    return {table for text in said for _, table in WRITTEN.findall(text)}


def tables_made(sources: Sources) -> tuple[Made, ...]:
    """What is made anywhere in the project, tests and scripts included."""
    found: list[Made] = []
    for path in sources.tree.glob(".sql"):
        found += _in_file(path, sources.text(path))
    code = Code(sources, sources.mentioning(PYTHON.pattern))
    undone = {node for each in _downgrades(code) for node, _ in literals(each.node)}
    for module in code.modules:
        for node, text in literals(module.node):
            for statement in COMMENT.sub("", text).split(";"):
                if STATEMENT.match(statement) and node not in undone:
                    found += _in_sql(statement, code.where(module, node))
    found += _in_migrations(code)
    for path in sources.holding(b"__tablename__", b"Table(", b"table=True", b"table = True"):
        found += _in_models(path, sources.text(path))
    return tuple(found)


def _downgrades(code: Code) -> Iterator[Scope]:
    """What a migration makes only to take itself back."""
    yield from (each for each in code.functions if each.name == "downgrade")


def _in_file(path: str, text: str) -> Iterator[Made]:
    line = 1
    for statement in COMMENT.sub("", text).split(";"):
        begun = line + statement[: len(statement) - len(statement.lstrip())].count("\n")
        yield from _in_sql(statement, f"{path}:{begun}")
        line += statement.count("\n")


def _in_sql(text: str, where: str) -> Iterator[Made]:
    plain = " ".join(text.lower().split()).replace("'{}'", "''")
    for found in CREATE.finditer(plain):
        is_open = found["open"] and found["kind"] == "table"
        columns = _columns(plain, found.end()) if is_open else None
        yield Made(found["table"] or "", columns, where, _plain(found["schema"]), is_new=True)
    for found in ALTER.finditer(plain):
        changes = found["changes"] or ""
        added = {*ADDED.findall(changes), *RENAMED.findall(changes)} - NO_COLUMN
        is_read = not any("{" in each for each in added)
        columns = frozenset(added) if is_read else None
        if added or not found["table"]:
            yield Made(found["table"] or "", columns, where, _plain(found["schema"]))
        for name in RENAMED_TABLE.findall(changes):
            yield Made("" if "{" in name else name, None, where, is_new=True)


def _plain(schema: str | None) -> str:
    """`{schema}` of a text that is filled later, and `:"schema"` of a file, are the same."""
    return (schema or "").strip("{}")


def _columns(text: str, start: int) -> frozenset[str] | None:
    body = _body(text, start)
    if body is None or "{}" in body:
        return None
    lines = [re.match(r'\s*"?([a-z_]\w*)', line) for line in BRACKETS.sub("", body).split(",")]
    names = {found[1] for found in lines if found}
    # `like other` and `inherits (other)` bring columns of their own.
    rest = text[start + len(body) + 1 :]
    if "like" in names or re.match(r" ?inherits\b", rest):
        return None
    return frozenset(names - NO_COLUMN)


def _body(text: str, start: int) -> str | None:
    depth = 1
    for place in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if not depth:
            return text[start:place]
    return None


def _in_migrations(code: Code) -> Iterator[Made]:
    """What Alembic's operations make."""
    batches = {call: table for module in code.modules for call, table in _batch_calls(module)}
    undone = {call for each in _downgrades(code) for call in code.inside(each)}
    for call in code.calls:
        if call.method not in OPERATIONS or call in undone:
            continue
        where = call.where
        if call.method == "rename_table":
            new = call.text("new_table_name", 1) or ""
            yield Made(new.lower(), None, where, is_new=True)
        elif call.method in ("create_table", "add_column") and call.node.args:
            yield _operation(call, batches.get(call.node), where)
        elif call.method == "alter_column" and call.argument("new_column_name"):
            table = batches.get(call.node) or call.text("table_name", 0) or ""
            renamed = call.text("new_column_name")
            yield Made(table.lower(), frozenset({renamed.lower()}) if renamed else None, where)


def _operation(call: Call, batched: str | None, where: str) -> Made:
    table = batched or call.text("table_name", 0) or ""
    schema = call.text("schema") or ""
    given = [arg for arg in call.node.args if arg.keyword is None][0 if batched else 1 :]
    names = [_column(arg) for arg in given]
    columns = frozenset(each.lower() for each in names if each)
    is_read = not call.spreads and None not in names
    is_new = call.method == "create_table"
    return Made(table.lower(), columns if is_read else None, where, schema.lower(), is_new)


def _column(arg: cst.Arg) -> str | None:
    """The name of `sa.Column("name", ...)`, empty for a constraint, None where it is not known."""
    if not isinstance(arg.value, cst.Call):
        return None
    kind = last_name(arg.value.func)
    if kind.endswith(("Constraint", "Index")):
        return ""
    return syntax.text(syntax.argument(arg.value, "name", 0)) if kind == "Column" else None


def _batch_calls(module: Scope) -> Iterator[tuple[cst.Call, str]]:
    """The calls inside of `with op.batch_alter_table("table") as batch:`."""
    for block in within_node(module.node, cst.With):
        for item in block.items:
            opened = item.item
            if isinstance(opened, cst.Call) and syntax.code(opened.func).endswith(
                "batch_alter_table"
            ):
                table = syntax.text(syntax.argument(opened, "table_name", 0)) or ""
                yield from ((call, table) for call in within_node(block.body, cst.Call))


def _in_models(path: str, text: str) -> Iterator[Made]:
    for pattern in (MODEL, SQLMODEL):
        for found in pattern.finditer(text):
            name = next(each for each in found.groups() if each)
            where = f"{path}:{line_at(text, found.start())}"
            yield Made(name.lower(), None, where, is_new=True, is_model=True)
