"""A column that no table has is found; what a migration may have added is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.check import Finding
from chatkit_agent.checks.rules.storage.columns_there import columns_there
from tests.checks.rules.conftest import Findings

STORE = """\
from chatkit.store import Store
class Rows(Store[dict]):
    async def save_thread(self, thread, context):
        await self.db.execute("{statement}")
"""
SCHEMA = """\
create table if not exists app.threads (
    id text not null, "user_id" text, price numeric(10, 2) check (price in (1, 2)),
    data jsonb not null default '{}', primary key (user_id, id)
);
"""


def found(findings: Findings, statement: str, schema: str = SCHEMA) -> list[Finding]:
    store = STORE.format(statement=statement)
    return findings(columns_there, {"app/store.py": store, "app/schema.sql": schema})


@pytest.mark.parametrize(
    "statement",
    [
        "insert into app.threads (id, user_id, busy) values ($1, $2, $3)",
        "UPDATE threads SET data = $1, busy = now() WHERE id = $2",
        "insert into threads (id) values ($1) on conflict (id) do update set data = 1;"
        " update threads set busy = coalesce($1, 2)",
        "select id, busy from app.threads where id = $1",
        "select t.id, t.busy from threads t where t.id = $1",
        "select t.id, busy from app.threads as t where t.id = $1",
    ],
)
def test_found(findings: Findings, statement: str) -> None:
    (finding,) = found(findings, statement)
    assert finding.where == "app/store.py:4"
    assert "no column `busy` in `threads`" in finding.what


def test_a_table_that_is_not_there_is_found(findings: Findings) -> None:
    (finding,) = found(findings, "delete from app.items where id = $1")
    assert "no table `items`" in finding.what


@pytest.mark.parametrize(
    ("statement", "schema"),
    [
        ("insert into app.threads (id, user_id, data, price) values (1, 2, 3, 4)", SCHEMA),
        ("update threads set data = coalesce($1, x = 2), price = 1 where other = 1", SCHEMA),
        ("insert into other (id, busy) values ($1, $2)", SCHEMA),
        ("select t.id, t.data from threads as t where t.id = $1", SCHEMA),
        ("select t.id, o.busy from threads t join other o on true where t.id = $1", SCHEMA),
        ("select max(t.busy) from threads t where t.id = $1", SCHEMA),
        ("insert into threads (busy) values ($1)", f"{SCHEMA}alter table threads add busy int;"),
        ("insert into threads (busy) values ($1)", "select 1"),
        ("select busy from other.items where id = 1", SCHEMA),
        ("select count(busy) from threads where id = 1", SCHEMA),
    ],
)
def test_quiet(findings: Findings, statement: str, schema: str) -> None:
    assert not found(findings, statement, schema)


REVISION = """\
from alembic import op
import sqlalchemy as sa
def upgrade():
    {}
"""
ELSEWHERE = {
    "app/models.py": "class Item:\n    __tablename__ = 'notes'\n",
    "app/more.sql": "create view app.recent as select 1;\nalter table app.other add column y int;\n"
    "create table app.kept as select 1;\n-- a note; create table if nobody has\n",
    "app/texts.py": "MESSAGE = 'could not create table {}'\n",
    "migrations/1.py": REVISION.format("op.add_column('other', sa.Column('z', sa.Text))"),
}


def test_what_changes_other_tables_hides_nothing(findings: Findings) -> None:
    store = STORE.format(statement="update app.threads set busy = 1")
    files = {"app/store.py": store, "app/schema.sql": SCHEMA, **ELSEWHERE}
    (finding,) = findings(columns_there, files)
    assert "no column `busy` in `threads`" in finding.what


@pytest.mark.parametrize("table", ["notes", "recent", "kept"])
def test_a_table_that_is_made_elsewhere_is_there(findings: Findings, table: str) -> None:
    store = STORE.format(statement=f"insert into app.{table} (busy) values (1)")
    files = {"app/store.py": store, "app/schema.sql": SCHEMA, **ELSEWHERE}
    assert not findings(columns_there, files)


def test_columns_of_a_table_that_a_migration_makes(findings: Findings) -> None:
    made = "op.create_table('items', sa.Column('id', sa.Text), sa.PrimaryKeyConstraint('id'))"
    files = {"migrations/1.py": REVISION.format(made)}
    for column, problems in (("id", 0), ("busy", 1)):
        files["app/store.py"] = STORE.format(statement=f"insert into items ({column}) values (1)")
        assert len(findings(columns_there, files)) == problems


@pytest.mark.parametrize(
    "change",
    [
        "op.add_column('threads', sa.Column('busy', sa.Text))",
        "op.add_column(TABLE, sa.Column('busy', sa.Text))",
        "op.add_column('threads', column)",
        "op.execute('alter table app.threads add column if not exists busy int')",
        "op.execute('alter table threads rename column taken to busy')",
        "op.execute(f'alter table {table} add column busy int')",
        "op.execute(f'alter table threads add column {name} int')",
        "op.execute(f'create table if not exists {name} (busy int)')",
        "op.alter_column('threads', 'taken', new_column_name='busy')",
        "with op.batch_alter_table('threads') as b: b.add_column(sa.Column('busy', sa.Text))",
        "op.rename_table('old', 'threads')",
        "op.create_table('threads', *columns)",
    ],
)
def test_what_may_add_the_column_is_quiet(findings: Findings, change: str) -> None:
    store = STORE.format(statement="update app.threads set busy = 1")
    files = {"app/store.py": store, "app/schema.sql": SCHEMA}
    assert findings(columns_there, files)
    assert not findings(columns_there, {**files, "migrations/1.py": REVISION.format(change)})


def test_statements_beside_the_store_are_filled_later(findings: Findings) -> None:
    schema = SCHEMA.replace("app.threads", ':"schema".threads')
    store = 'SAVE = "update {schema}.threads set busy = 1"\n' + STORE.format(statement="select 1")
    (finding,) = findings(columns_there, {"app/store.py": store, "app/schema.sql": schema})
    assert finding.where == "app/store.py:1"
