"""Tables: what a project makes is read alike from SQL, migrations and models."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source.tables import tables_made, tables_written
from tests.project.source.conftest import Project

Row = tuple[str, set[str] | None, str, bool]


def rows(project: Project, content: str, path: str) -> list[Row]:
    found = tables_made(project({path: content}).sources)
    return [
        (each.table, None if each.columns is None else {*each.columns}, each.schema, each.is_new)
        for each in found
    ]


SQL: list[tuple[str, list[Row]]] = [
    ("CREATE TABLE a (b int, c text)", [("a", {"b", "c"}, "", True)]),
    ("create table if not exists a (b int)", [("a", {"b"}, "", True)]),
    ('create table "s"."a" ("b" int)', [("a", {"b"}, "s", True)]),
    ("create unlogged table s.a (b int)", [("a", {"b"}, "s", True)]),
    (
        "create table a (b numeric(1, 2) check (b > 0), primary key (b), unique (b))",
        [("a", {"b"}, "", True)],
    ),
    ("create table a (b int -- (c int,\n, d int)", [("a", {"b", "d"}, "", True)]),
    ("create table a as select 1", [("a", None, "", True)]),
    ("create table a (like b)", [("a", None, "", True)]),
    ("create table a (b int) inherits (c)", [("a", None, "", True)]),
    ("create view a as select 1", [("a", None, "", True)]),
    ("create or replace view a as select 1", [("a", None, "", True)]),
    ("alter table a add column b int", [("a", {"b"}, "", False)]),
    ("alter table only s.a add b int, add column c int", [("a", {"b", "c"}, "s", False)]),
    ("alter table a rename column b to c", [("a", {"c"}, "", False)]),
    ("alter table a rename to b", [("b", None, "", True)]),
    ("alter table a add constraint b unique (c)", []),
    ("alter table a drop column b", []),
    ("create index a on b (c)", []),
    ("-- create table a (b int)", []),
    ("insert into a values (1)", []),
    (
        "create table a (b int); create table c (d int)",
        [("a", {"b"}, "", True), ("c", {"d"}, "", True)],
    ),
]


@pytest.mark.parametrize(("path", "form"), [("a.sql", "{}"), ("a.py", 'run("""{}""")')])
@pytest.mark.parametrize(("text", "found"), SQL)
def test_sql_in_a_file_and_in_source(
    project: Project, text: str, found: list[Row], path: str, form: str
) -> None:
    assert rows(project, form.format(text), path) == found


OP = "import sqlalchemy as sa\nfrom alembic import op\ndef upgrade():\n    "
MIGRATIONS: list[tuple[str, list[Row]]] = [
    (
        "op.create_table('A', sa.Column('B'), sa.UniqueConstraint('B'), schema='s')",
        [("a", {"b"}, "s", True)],
    ),
    ("op.create_table('a', sa.Column(name='b'), Column('c'))", [("a", {"b", "c"}, "", True)]),
    ("op.create_table('a', *columns)", [("a", None, "", True)]),
    ("op.create_table('a', column)", [("a", None, "", True)]),
    ("op.add_column('a', sa.Column('b'))", [("a", {"b"}, "", False)]),
    (
        "with op.batch_alter_table('a') as batch:\n        batch.add_column(sa.Column('b'))",
        [("a", {"b"}, "", False)],
    ),
    ("op.rename_table('a', 'b')", [("b", None, "", True)]),
    ("op.alter_column('a', 'b', new_column_name='c')", [("a", {"c"}, "", False)]),
    ("op.alter_column('a', 'b', nullable=True)", []),
    ("op.drop_table('a')", []),
    ("pass  # op.create_table('a')", []),
    ("pass\ndef downgrade():\n    op.create_table('a', sa.Column('b'))", []),
    ("pass\ndef downgrade():\n    op.execute('create table a (b int)')", []),
    ("op.execute('create table a (b int)')", [("a", {"b"}, "", True)]),
]


@pytest.mark.parametrize(("body", "found"), MIGRATIONS)
def test_migrations(project: Project, body: str, found: list[Row]) -> None:
    assert rows(project, OP + body, "alembic/versions/a.py") == found


@pytest.mark.parametrize(
    ("source", "table"),
    [
        ("class A(Base):\n    __tablename__ = 'a'", "a"),
        ('class A(Base):\n    __tablename__: str = "a"', "a"),
        ("a = Table('a', metadata)", "a"),
        ("class Item(SQLModel, table=True): ...", "item"),
        ("class Item(SQLModel, table = True): ...", "item"),
        ("class Item(SQLModel): ...", None),
        ("class Item(SQLModel, table=False): ...", None),
        ("a = PrintTable('a')", None),
    ],
)
def test_models(project: Project, source: str, table: str | None) -> None:
    found = tables_made(project({"models.py": source}).sources)
    assert [each.table for each in found] == ([table] if table else [])
    assert all(each.is_model and each.is_new and each.columns is None for each in found)


def test_where_each_is_made(project: Project) -> None:
    files = {
        "a.sql": "-- why\n\ncreate table a (b int);\n\ncreate table c (d int);\n",
        "main.py": 'run("select 1")\nrun("create table e (f int)")\n',
        "models.py": "\nclass G(Base):\n    __tablename__ = 'g'\n",
    }
    found = {each.table: each.where for each in tables_made(project(files).sources)}
    assert found == {"a": "a.sql:3", "c": "a.sql:5", "e": "main.py:2", "g": "models.py:3"}


def test_into_which_functions_write(project: Project) -> None:
    source = (
        "def f():\n    g()\n    run('INSERT INTO \"a\" values (1)')\n"
        "def g():\n    run('insert or ignore into s.b values (1)')\n"
        "def h():\n    run('insert into c values (1)')\n"
        "def i():\n    run('select * from d')\n"
    )
    code = project({"main.py": source})
    scopes = {each.name: each for each in code.scopes}
    assert tables_written(code, [scopes["f"]]) == {"a", "b"}
    assert tables_written(code, [scopes["i"]]) == set()
