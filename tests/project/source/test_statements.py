"""Statements: SQL is known wherever it is said, whole; what only sounds like it is none."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source.code import Code
from chatkit_agent.project.source.statements import made_of, said_by, statements
from chatkit_agent.project.source.syntax import code
from tests.project.source.conftest import Project

SELECT = "select * from items where id = $1"


def said_in(code: Code, name: str = "") -> list[str]:
    scope = next(each for each in code.scopes if each.name == name)
    return [text for _, text in statements(code, scope)]


@pytest.mark.parametrize(
    "source",
    [
        f'run("{SELECT}")',
        'run("SELECT *\\n  FROM items\\tWHERE id = $1")',
        f'"""What it does."""\nrun("""\n    {SELECT}\n""")',
        'run("select * " "from items where id = $1")',
        'run("select * " + "from items where id = $1")',
        'run("select * -- all\\nfrom items where id = $1")',
        'TABLE = "items"\nrun(f"select * from {TABLE} where id = $1")',
        'TABLE = "items"\nrun("select * from {} where id = $1".format(TABLE))',
        'run(" ".join(["select *", "from items", "where id = $1"]))',
        'query = "select * from items"\nquery += "where id = $1"\nrun(query)',
        'query = "select * from items"\nquery = query + " where id = $1"\nrun(query)',
        'parts = ["select * from items"]\nparts.append("where id = $1")\nrun(parts)',
    ],
)
def test_said(project: Project, source: str) -> None:
    assert said_in(project({"main.py": source})) == [SELECT]


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("insert into a values (1)", True),
        ("insert or ignore into a values (1)", True),
        ("replace into a values (1)", True),
        ("update a set b = 1", True),
        ("delete from a", True),
        ("create table a (b int)", True),
        ("create schema a", True),
        ("with b as (select 1 from a) select * from b", True),
        ("select one", False),
        ("update the page", False),
        ("into the selected", False),
        ("preselect and from", False),
        ("create a table", False),
        ("", False),
    ],
)
def test_what_a_statement_is(project: Project, text: str, is_one: bool) -> None:
    assert said_in(project({"main.py": f'run("{text}")'})) == ([text] if is_one else [])


@pytest.mark.parametrize(
    "source",
    [f"# {SELECT}\n", f'"""{SELECT}"""\n', f'def f():\n    """{SELECT}"""\n'],
)
def test_comments_and_docstrings_say_none(project: Project, source: str) -> None:
    assert said_in(project({"main.py": source})) == []


def test_what_is_computed_stands_as_a_gap(project: Project) -> None:
    source = 'def f(table):\n    run(f"select * from {table} where id = $1")\n'
    assert said_in(project({"main.py": source})) == ["select * from {} where id = $1"]


def test_a_scope_says_what_is_in_it_and_what_it_hands_on_by_name(project: Project) -> None:
    source = (
        f'QUERY = "{SELECT}"\ndef f():\n    run(QUERY)\ndef g():\n    run("delete from items")\n'
    )
    found = project({"main.py": source})
    assert said_in(found, "f") == [SELECT]
    assert said_in(found, "g") == ["delete from items"]
    assert said_in(found) == [SELECT, "delete from items"]


def test_by_the_name_that_a_file_of_sql_gives(project: Project) -> None:
    files = {
        "main.py": "def f():\n    run(queries.item)\ndef g():\n    run('sql/all.sql')\n",
        "sql/named.sql": f"-- name: item\n{SELECT};\n-- name: other\nselect 1 from a;\n",
        "sql/all.sql": "SELECT *\nFROM items\n",
    }
    found = project(files)
    assert said_in(found, "f") == [SELECT]
    assert said_in(found, "g") == ["select * from items"]


def test_of_what_a_function_makes_them(project: Project) -> None:
    source = (
        "def f(more):\n"
        '    query = "select * from items"\n'
        "    query += more\n"
        '    query = query + " limit 1"\n'
        "    other = more\n"
        "    run(query)\n"
        'def g():\n    run("delete from items")\n'
    )
    found = project({"main.py": source})
    scope = next(each for each in found.scopes if each.name == "f")
    made = [code(each) for each in made_of(found, scope)]
    assert made == ['"select * from items"', "more", '" limit 1"']


def test_a_store_says_its_own_and_what_stands_beside_it(project: Project) -> None:
    files = {
        "app/store.py": (
            'FIND = "select * from items"\nOTHER = "delete from other"\n'
            "class Store:\n"
            "    def find(self):\n        run(FIND)\n"
            '    def drop(self):\n        run("delete from items")\n'
        ),
        "app/queries.sql": "-- why\n-- name: keep\ninsert into items\nvalues (1);\n",
        "else/queries.sql": "-- name: far\ninsert into far values (1);\n",
    }
    found = project(files)
    store = next(each for each in found.scopes if each.name == "Store")
    said = {each.text: (each.where, each.file) for each in said_by(found, store)}
    assert said == {
        "select * from items": ("app/store.py:1", "app/store.py"),
        "delete from items": ("app/store.py:7", "app/store.py"),
        "insert into items values (1)": ("app/queries.sql:3", "app/queries.sql"),
    }
