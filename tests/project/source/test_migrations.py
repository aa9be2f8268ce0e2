"""Migrations: which revision follows which, as it is written; None where only running tells."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source.migrations import Revision, heads, revisions
from tests.project.source.conftest import Project

HEAD = '"""add a table"""\n'


def read(project: Project, source: str, path: str = "alembic/versions/a.py") -> list[Revision]:
    files = {"alembic/env.py": "run_migrations()\n", path: HEAD + source}
    return [*revisions(project(files).sources)]


@pytest.mark.parametrize(
    ("written", "parents"),
    [
        ("None", ()),
        ("'b'", ("b",)),
        ('"b"', ("b",)),
        ("('b', 'c')", ("b", "c")),
        ("['b', 'c']", ("b", "c")),
        ("before", ("0",)),
        ("(before, 'c')", ("0", "c")),
        ("find()", None),
        ("('b', find())", None),
        ("elsewhere", None),
    ],
)
@pytest.mark.parametrize("kind", ["", ": str | None", ": Union[str, Sequence[str], None]"])
def test_what_it_follows(
    project: Project, written: str, parents: tuple[str, ...] | None, kind: str
) -> None:
    (found,) = read(project, f"before = '0'\nrevision = 'a'\ndown_revision{kind} = {written}\n")
    assert (found.name, found.parents, found.line, found.home) == ("a", parents, 4, "alembic")
    assert not found.is_branch


@pytest.mark.parametrize(
    ("line", "is_branch"),
    [
        ("branch_labels = None", False),
        ("depends_on = None", False),
        ("branch_labels = ('chat',)", True),
        ("depends_on = 'b'", True),
        ("# depends_on = 'b'", False),
    ],
)
def test_where_several_heads_are_meant(project: Project, line: str, is_branch: bool) -> None:
    (found,) = read(project, f"revision = 'a'\ndown_revision = None\n{line}\n")
    assert found.is_branch is is_branch


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("revision = 'a'\n# down_revision = None\n", "alembic/versions/a.py"),
        ("down_revision = None\n", "alembic/versions/a.py"),
        ("revision = find()\ndown_revision = None\n", "alembic/versions/a.py"),
        ("def f():\n    revision = 'a'\n    down_revision = None\n", "alembic/versions/a.py"),
        ("revision = 'a'\ndown_revision = None\n", "tests/alembic/versions/a.py"),
        ("revision = 'a'\ndown_revision = None\n", "alembic/versions/docs/a.py"),
        ("revision = 'a'\ndown_revision = None\n", "other/a.py"),
    ],
)
def test_what_is_none_that_is_run(project: Project, source: str, path: str) -> None:
    assert read(project, source, path) == []


def test_the_nearest_environment_runs_it(project: Project) -> None:
    source = "revision = 'a'\ndown_revision = None\n"
    code = project({"env.py": "", "db/env.py": "", "db/versions/a.py": source})
    assert [each.home for each in revisions(code.sources)] == ["db"]


def test_heads_are_those_that_no_other_follows() -> None:
    def one(name: str, *parents: str) -> Revision:
        return Revision(f"{name}.py", 1, name, parents, "alembic")

    line = (one("a"), one("b", "a"), one("c", "b"))
    assert [each.name for each in heads(line)] == ["c"]
    forked = (*line, one("d", "a"))
    assert [each.name for each in heads(forked)] == ["c", "d"]
    assert [each.name for each in heads((*forked, one("e", "c", "d")))] == ["e"]
    unknown = Revision("f.py", 1, "f", None, "alembic")
    assert [each.name for each in heads((*line, unknown))] == ["c", "f"]
