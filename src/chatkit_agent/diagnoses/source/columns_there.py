"""The tables and columns that the store's statements name are made somewhere in the project."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations
from chatkit_agent.reading.anatomy import Anatomy, Statement, statements

NAME = r'(?::?"?(?P<schema>[\w{}]+)"?\.)?"?(?P<table>[a-z_]\w*)"?'
TABLE = re.compile(rf"create (?:unlogged )?table (?:if not exists )?{NAME}\s*\(")
INSERT = re.compile(rf"\binsert into {NAME}(?: as \w+)? ?\((?P<columns>[\w\", ]+)\)")
UPDATE = re.compile(rf"\bupdate {NAME} set (?P<sets>.*?)(?: where | returning |$)")
SELECT = re.compile(rf"^select (?P<columns>[a-z_]\w*(?:, ?[a-z_]\w*)*) from {NAME} where ")  # noqa: S608
USED = re.compile(rf"\b(?:from|into|update|join) {NAME}")
SET = re.compile(r'(?:^|, ?)"?([a-z_]\w*)"? ?=')
NO_COLUMN = {"constraint", "primary", "unique", "foreign", "check", "exclude", "like", "index"}
CHANGES = re.compile(
    r"add_column|\badd\s+column\b|alter\s+table\s+\S+\s+add\b|\bcreate\s[\w\s]*\bview\b",
    re.IGNORECASE,
)


def columns_there(observations: Observations) -> Iterator[Finding]:
    chat = observations.chat
    if not chat.stores or _changes_tables(observations):
        return
    tables = _tables(chat)
    schemas = {schema for schema, _ in tables if schema}
    columns = {table: made for (_, table), made in tables.items()}
    told: set[str] = set()
    for said in _said(chat):
        for problem in (*_no_table(said.text, schemas, columns), *_no_column(said.text, columns)):
            if problem not in told:
                told.add(problem)
                yield _finding(said, problem)


def _no_table(text: str, schemas: set[str], made: Mapping[str, set[str]]) -> Iterator[str]:
    for found in USED.finditer(text):
        if _plain(found["schema"]) in schemas and found["table"] not in made:
            yield f"no table `{found['table']}`"


def _no_column(text: str, made: Mapping[str, set[str]]) -> Iterator[str]:
    for table, columns in _named(text):
        for each in columns:
            if table in made and each not in made[table]:
                yield f"no column `{each}` in `{table}`"


def _changes_tables(observations: Observations) -> bool:
    """Migrations and models make columns in ways of their own."""
    sources = observations.sources
    texts = (sources.text(file) for file in (*sources.python, *sources.tree.glob(".sql")))
    return any(CHANGES.search(text) for text in texts)


def _tables(chat: Anatomy) -> dict[tuple[str, str], set[str]]:
    """Each table by its schema and name, with its columns."""
    found: dict[tuple[str, str], set[str]] = {}
    for each in chat.ddl:
        text = each.text.replace("'{}'", "''")
        for made in TABLE.finditer(text):
            body = _body(text, made.end())
            if body is not None and "{}" not in body:
                key = (_plain(made["schema"]), made["table"])
                found.setdefault(key, set()).update(_columns(body))
    return found


def _plain(schema: str | None) -> str:
    """`{schema}` of a text that is filled later, and `:"schema"` of a file, are the same."""
    return (schema or "").strip("{}")


def _body(text: str, start: int) -> str | None:
    depth = 1
    for place in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if not depth:
            return text[start:place]
    return None


def _columns(body: str) -> Iterator[str]:
    plain = re.sub(r"\([^()]*(?:\([^()]*\)[^()]*)*\)", "", body)
    for line in plain.split(","):
        name = re.match(r'\s*"?([a-z_]\w*)', line)
        if name and name[1] not in NO_COLUMN:
            yield name[1]


def _said(chat: Anatomy) -> Iterator[Statement]:
    """In the stores, and beside them in their modules."""
    files = {each.file for each in chat.stores}
    for module in chat.code.modules:
        for node, text in statements(module) if module.file in files else ():
            yield Statement(text, chat.code, module, node)


def _named(text: str) -> Iterator[tuple[str, list[str]]]:
    """Columns that can be of no other table."""
    for found in (*INSERT.finditer(text), *SELECT.finditer(text)):
        yield found["table"], [each.strip(' "') for each in found["columns"].split(",")]
    for found in UPDATE.finditer(text):
        plain = re.sub(r"\([^()]*(?:\([^()]*\)[^()]*)*\)", "", found["sets"])
        yield found["table"], SET.findall(plain)


def _finding(said: Statement, problem: str) -> Finding:
    return Finding(
        what=f"The database has {problem}, so each statement that names it fails.",
        where=said.where,
        evidence=f"`{said.text[:120]}`; what the project creates has {problem}.",
        fix="Correct the name, or add it to `create table` and, with `alter table`, to the tables "
        "that are there already.",
        cause="schema drift",
        explains=("server_error", "stream_error"),
    )
