"""Excerpts: the part of a file that matters, whatever somebody made of the file."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatkit_agent.guide.excerpts import Excerpt, excerpts, home_of, language_of
from chatkit_agent.guide.playbook import Code, Playbook, Recipe, Sample
from chatkit_agent.plan.change import Change
from chatkit_agent.plan.plan import Plan

PYTHON = """\
# first
ONE = 1
TWO: int = 2


@decorated
class Kept:
    @property
    def text(self) -> str:
        return "a"


async def later() -> None: ...
"""
SQL = "-- name: one\nselect 1;\n\n-- name: two\nselect\n  2;\n"


def found(plan: Plan, *code: Code | Recipe | Sample) -> list[Excerpt]:
    book = Playbook("x", "X", "x", (), "p", code=code)
    return list(excerpts(plan, book, lambda text: text.replace("{path}", "/chatkit")))


def of(plan: Plan, path: str, text: bytes, symbol: str) -> list[tuple[int | None, str]]:
    """What is found in a file that the plan writes, and in the same file of a chat that is here."""
    whole = f"{home_of(plan)}{path}"
    planned = replace(plan, changes=(Change(whole, None, text),))
    here = replace(plan.project, tree=plan.project.tree.write(whole, text))
    here = replace(here, chat=replace(here.chat, applied=True))
    there = replace(plan, changes=(), project=here)
    code = Code(path, symbol, "why")
    return [(each.line, each.text) for one in (planned, there) for each in found(one, code)]


@pytest.mark.parametrize(
    ("symbol", "line", "text"),
    [
        ("ONE", 2, "ONE = 1"),
        ("TWO", 3, "TWO: int = 2"),
        (
            "Kept",
            6,
            "@decorated\nclass Kept:\n    @property\n"
            '    def text(self) -> str:\n        return "a"',
        ),
        ("Kept.text", 8, '@property\ndef text(self) -> str:\n    return "a"'),
        ("later", 13, "async def later() -> None: ..."),
    ],
)
def test_a_definition_with_its_line_where_it_is_here(
    plan: Plan, symbol: str, line: int, text: str
) -> None:
    assert of(plan, "services/a.py", PYTHON.encode(), symbol) == [(None, text), (line, text)]


@pytest.mark.parametrize(
    ("path", "content", "symbol"),
    [
        ("a.py", PYTHON.encode(), "gone"),
        ("a.py", PYTHON.encode(), "Kept.gone"),
        ("a.py", PYTHON.encode(), "ONE.gone"),
        ("a.py", b"ONE = 1\ndef (:\n", "ONE"),
        ("a.py", b"ONE = 1\n\0", "ONE"),
        ("a.py", b"", "ONE"),
        ("a.sql", SQL.encode(), "three"),
    ],
)
def test_nothing_where_it_is_not(plan: Plan, path: str, content: bytes, symbol: str) -> None:
    assert of(plan, path, content, symbol) == []


@pytest.mark.parametrize(
    ("symbol", "line", "text"),
    [("one", 1, "-- name: one\nselect 1;"), ("two", 4, "-- name: two\nselect\n  2;")],
)
def test_a_statement_of_a_file_of_queries(plan: Plan, symbol: str, line: int, text: str) -> None:
    assert [(n, each.rstrip()) for n, each in of(plan, "a.sql", SQL.encode(), symbol)] == [
        (None, text),
        (line, text),
    ]


def test_what_is_long_is_cut(plan: Plan) -> None:
    long = "def run():\n" + "    step()\n" * 60
    (_, text), _ = of(plan, "a.py", long.encode(), "run")
    assert len(text.splitlines()) == 41
    assert text.endswith("\n...")


def test_a_file_that_neither_is_here_nor_will_be(plan: Plan) -> None:
    assert found(plan, Code("services/nowhere.py", "ONE", "why")) == []


def test_a_recipe_has_the_names_of_the_project(plan: Plan) -> None:
    parts = found(plan, Recipe("A function tool"))
    assert parts
    assert {each.language for each in parts} == {"diff"}
    assert all(each.path.startswith(home_of(plan)) for each in parts)
    assert all("$home" not in each.path + each.text for each in parts)
    assert found(plan, Recipe("No such recipe")) == []


def test_a_sample_is_filled(plan: Plan) -> None:
    sample = Sample("nginx.conf", "nginx", "location {path} {}", "why")
    assert found(plan, sample) == [
        Excerpt("nginx.conf", None, "nginx", "location /chatkit {}", "why")
    ]


@pytest.mark.parametrize(
    ("path", "language"),
    [("a/b.py", "python"), (".env.example", "sh"), ("a.sql", "sql"), ("Dockerfile", "")],
)
def test_a_language_by_the_end_of_the_name(path: str, language: str) -> None:
    assert language_of(path) == language
