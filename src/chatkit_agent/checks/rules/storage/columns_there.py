"""The tables and columns that the store's statements name are made somewhere in the project."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.statements import Statement, statements
from chatkit_agent.project.source.tables import NAME, Made, tables_made

INSERT = re.compile(rf"\binsert into {NAME}(?: as \w+)? ?\((?P<columns>[\w\", ]+)\)")
UPDATE = re.compile(rf"\bupdate {NAME} set (?P<sets>.*?)(?: where | returning |$)")
COLUMN = r"(?:[a-z_]\w*\.)?[a-z_]\w*"
SELECT = re.compile(
    rf"^select (?P<columns>{COLUMN}(?:, ?{COLUMN})*) from {NAME}(?: (?:as )?\w+)? where "  # noqa: S608
)
USED = re.compile(rf"\b(?:from|into|update|join) {NAME}")
SET = re.compile(r'(?:^|, ?)"?([a-z_]\w*)"? ?=')


@check("CK404", needs=PROJECT, symptoms=("server_error", "stream_error"))
def columns_there(evidence: Evidence) -> Iterator[Finding]:
    """That is in SQL, in a migration or by a model. Nothing is said of a table whose columns only
    running would tell.
    """
    chat = evidence.chat
    made = tables_made(evidence.sources) if chat.stores else ()
    if not made or not all(each.table for each in made):
        return
    schemas = {each.schema for each in made if each.schema}
    names = {each.table for each in made}
    columns = dict(_known_columns(made))
    told: set[str] = set()
    for said in _statements(chat):
        for problem in (*_no_table(said.text, schemas, names), *_no_column(said.text, columns)):
            if problem not in told:
                told.add(problem)
                yield _finding(said, problem)


def _known_columns(made: Sequence[Made]) -> Iterator[tuple[str, set[str]]]:
    """The columns of each table of which all are known."""
    for table in {each.table for each in made}:
        of_it = [each.columns for each in made if each.table == table]
        if None not in of_it:
            yield table, {name for columns in of_it for name in columns or ()}


def _no_table(text: str, schemas: set[str], made: Collection[str]) -> Iterator[str]:
    for found in USED.finditer(text):
        if (found["schema"] or "").strip("{}") in schemas and found["table"] not in made:
            yield f"no table `{found['table']}`"


def _no_column(text: str, made: Mapping[str, set[str]]) -> Iterator[str]:
    for table, columns in _columns_named(text):
        for each in columns:
            if table in made and each not in made[table]:
                yield f"no column `{each}` in `{table}`"


def _statements(chat: Anatomy) -> Iterator[Statement]:
    """In the stores, and beside them in their modules."""
    files = {each.file for each in chat.stores}
    for module in chat.code.modules:
        for node, text in statements(chat.code, module) if module.file in files else ():
            yield Statement(text, chat.code, module, node)


def _columns_named(text: str) -> Iterator[tuple[str, list[str]]]:
    """Columns that can be of no other table."""
    for found in (*INSERT.finditer(text), *SELECT.finditer(text)):
        yield (
            found["table"],
            [each.strip(' "').rpartition(".")[2] for each in found["columns"].split(",")],
        )
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
    )
