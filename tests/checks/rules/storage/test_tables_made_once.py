"""Tables that every worker makes are found; under an advisory lock they are not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.storage.tables_made_once import tables_made_once

Findings = Callable[..., list[Finding]]
STORE = """\
from chatkit.store import Store
class S(Store[dict]):
    async def make(self):
        await db.execute("{first}")
        await db.execute("create table if not exists chat.threads (id text)")
"""


def test_found_once(findings: Findings) -> None:
    store = STORE.format(first="create schema if not exists chat")
    (finding,) = findings(tables_made_once, {"app/store.py": store})
    assert finding.where == "app/store.py:4"


@pytest.mark.parametrize(
    "files",
    [
        {"app/store.py": STORE.format(first="select pg_advisory_xact_lock(7)")},
        {"app/store.py": "from chatkit.store import Store\nclass S(Store[dict]): ...\n"},
        {"app/schema.sql": "create table if not exists threads (id text);"},
    ],
)
def test_quiet(findings: Findings, files: dict[str, str]) -> None:
    assert not findings(tables_made_once, files)


OWN = """\
import sqlite3
from app.store import S
def seen():
    sqlite3.connect("x").execute("create table if not exists seen (at text)")
"""


def test_a_table_of_the_application_is_no_matter_of_the_chat(findings: Findings) -> None:
    store = "from chatkit.store import Store\nclass S(Store[dict]):\n    async def make(self):\n"
    written = '        await db.execute("insert into threads values (1)")\n'
    files = {"app/main.py": OWN, "app/store.py": store + written}
    assert not findings(tables_made_once, files)
    files["app/main.py"] = OWN.replace(" seen (", " threads (")
    assert len(findings(tables_made_once, files)) == 1


RUNS = """\
from pathlib import Path
from chatkit.store import Store
class S(Store[dict]):
    async def make(self):
        await db.execute(Path("schema.sql").read_text())
        await db.execute("insert into chats (id) values ($1)")
"""
MAKES = "create table if not exists chats (id text);"


@pytest.mark.parametrize(
    ("sql", "where"),
    [
        (MAKES, ["app/schema.sql:1"]),
        (f"select pg_advisory_xact_lock(1);{MAKES}", []),
        (MAKES.replace("if not exists ", ""), []),
    ],
)
def test_a_file_that_the_store_runs(findings: Findings, sql: str, where: list[str]) -> None:
    found = findings(tables_made_once, {"app/store.py": RUNS, "app/schema.sql": sql})
    assert [each.where for each in found] == where
