"""A gap in the migrations and a second end are found; branches that are meant are not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.storage.migrations_in_line import migrations_in_line
from tests.checks.rules.conftest import Findings


def revision(name: str, follows: str, more: str = "") -> str:
    return f'"""One."""\nrevision: str = "{name}"\ndown_revision = {follows}\n{more}'


CHAIN = {
    "alembic/env.py": "",
    "alembic/versions/1.py": revision("a", "None"),
    "alembic/versions/2.py": revision("b", "'a'"),
    "alembic/versions/3.py": revision("c", "'b'"),
}


def test_a_gap(findings: Findings) -> None:
    files = {**CHAIN, "alembic/versions/3.py": revision("c", "'gone'")}
    (finding,) = findings(migrations_in_line, files)
    assert finding.where == "alembic/versions/3.py:3"
    assert "`gone`" in finding.evidence


def test_two_ends(findings: Findings) -> None:
    files = {**CHAIN, "alembic/versions/3.py": revision("c", "'a'")}
    (finding,) = findings(migrations_in_line, files)
    assert "Multiple head revisions" in finding.what
    assert "alembic/versions/2.py:3, alembic/versions/3.py:3" in finding.evidence


@pytest.mark.parametrize(
    "text",
    [
        'PARENT = "gone"\nrevision = "c"\ndown_revision = PARENT\n',
        'revision: str = "c"\ndown_revision: str | None = "gone"\n',
        'revision = "c"\ndown_revision = ["b", "gone"]\n',
        'GONE = "gone"\ndown_revision = ("b", GONE)\nrevision = "c"\n',
    ],
)
def test_a_gap_in_whatever_way(findings: Findings, text: str) -> None:
    assert len(findings(migrations_in_line, {**CHAIN, "alembic/versions/3.py": text})) == 1
    files = {**CHAIN, "alembic/versions/3.py": text.replace('"gone"', '"a"')}
    assert not [each for each in findings(migrations_in_line, files) if "gone" in each.evidence]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"alembic/versions/4.py": revision("d", "['b', 'c']")},
        {"alembic/versions/4.py": 'LAST = "c"\nrevision = "d"\ndown_revision = LAST\n'},
        {"alembic/versions/4.py": revision("d", "'c'  # 'gone'")},
        {"alembic/versions/4.py": revision("d", "('b', 'c')")},
        {"alembic/versions/4.py": revision("d", "before()")},
        {"alembic/versions/4.py": revision("d", "'a'", "branch_labels = ('other',)\n")},
        {"alembic/versions/4.py": revision("d", "'a'", "depends_on = 'c'\n")},
        {"alembic/versions/4.py": revision("d", "'a'"), "start.sh": "alembic upgrade heads\n"},
        {"alembic/tenants/4.py": revision("d", "'a'")},
        {"alembic/versions/4.py": revision("d", "'x'"), "a.ini": "version_locations = /else\n"},
        {"tests/alembic/env.py": "", "tests/alembic/1.py": revision("d", "'x'")},
        {"other/1.py": revision("d", "'x'")},
    ],
)
def test_quiet(findings: Findings, more: dict[str, str]) -> None:
    assert not findings(migrations_in_line, {**CHAIN, **more})
