"""A missing table or column is told with what makes it: a migration, a script, or only a model."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from chatkit_agent.checks.check import Finding
from chatkit_agent.checks.rules.logs.migrations_run import migrations_run
from chatkit_agent.evidence.static import Evidence, Service
from chatkit_agent.evidence.static.logs import read_log

TABLE = 'asyncpg.exceptions.UndefinedTableError: relation "{}" does not exist'
COLUMN = 'asyncpg.exceptions.UndefinedColumnError: column "{}" of relation "{}" does not exist'
FILES = {
    "alembic/env.py": "",
    "alembic/versions/1_chat.py": (
        "from alembic import op\nimport sqlalchemy as sa\nrevision = 'a1'\ndown_revision = None\n"
        "def upgrade():\n"
        "    op.create_table('threads', sa.Column('id', sa.Text), schema='chat')\n"
        "    op.add_column('threads', sa.Column('busy', sa.Text))\n"
        "    op.execute('create table chat.feedback (id text, kind text)')\n"
        "def downgrade():\n    op.create_table('other', sa.Column('gone', sa.Text))\n"
    ),
    "app/models.py": "class Note:\n    __tablename__ = 'notes'\n",
    "db/items.sql": "-- items\ncreate table if not exists items (id text, data jsonb);\n",
}


@pytest.fixture
def told(observed: Callable[..., Evidence]) -> Callable[[str], Finding]:
    def tell(error: str) -> Finding:
        log = f'Traceback (most recent call last):\n  File "x.py", line 1, in y\n{error}\n'
        (finding,) = migrations_run.over(observed(FILES, log=("app.log", log.encode())))
        assert (finding.where, finding.cause) == ("app.log:3", "schema")
        return finding

    return tell


@pytest.mark.parametrize(
    ("error", "made"),
    [
        (TABLE.format("chat.threads"), "alembic/versions/1_chat.py:6"),
        (TABLE.format("feedback"), "alembic/versions/1_chat.py:8"),
        (COLUMN.format("busy", "threads"), "alembic/versions/1_chat.py:7"),
        ("x.UndefinedColumnError: column threads.busy does not exist", "1_chat.py:7"),
        ("x.UndefinedColumnError: column t.busy does not exist", "1_chat.py:7"),
        ("sqlite3.OperationalError: no such table: threads", "1_chat.py:6"),
        ("x.OperationalError: table threads has no column named busy", "1_chat.py:7"),
    ],
)
def test_by_a_migration(told: Callable[[str], Finding], error: str, made: str) -> None:
    finding = told(error)
    assert "the migration `a1` that makes it has not been run" in finding.what
    assert made in finding.evidence
    assert finding.command == "alembic upgrade head"


def test_by_a_script(told: Callable[[str], Finding]) -> None:
    assert "db/items.sql:2 makes it" in told(TABLE.format("items")).evidence
    assert "alter table" in told(COLUMN.format("data", "items")).fix


def test_by_a_model_only(told: Callable[[str], Finding]) -> None:
    finding = told(TABLE.format("notes"))
    assert "no migration makes it" in finding.what
    assert "app/models.py:2" in finding.evidence


@pytest.mark.parametrize(
    "error",
    [
        TABLE.format("other"),
        COLUMN.format("gone", "other"),
        'x.UndefinedColumnError: column "id" does not exist',
        "x.UndefinedTableError",
    ],
)
def test_by_nothing_that_is_known(told: Callable[[str], Finding], error: str) -> None:
    finding = told(error)
    assert "a migration is missing" in finding.what
    assert finding.command is None


def test_a_database_that_is_behind(logged: Callable[[str], Evidence]) -> None:
    line = "alembic_version is at a1, and the migrations end at b2\n"
    (finding,) = migrations_run(logged(line))
    assert "at the migration `a1`" in finding.what
    assert "end at `b2`" in finding.what
    assert finding.command == "alembic upgrade head"


@pytest.mark.parametrize(
    ("answer", "command"),
    [
        (None, "alembic current"),
        ("alembic_version is at z, and the migrations end at a1", "alembic upgrade head"),
    ],
)
def test_the_sandbox_tells_nothing_of_the_database(
    observed: Callable[..., Evidence], answer: str | None, command: str
) -> None:
    raised = TABLE.format("threads")
    log = read_log(
        "the log in the sandbox", f"Traceback (most recent call last):\n{raised}".encode()
    )
    service = Service("database", "DATABASE_URL", ".env:1", answer)
    seen = dataclasses.replace(observed(FILES), log=log, more_logs=(log,), services=(service,))
    (finding,) = migrations_run(seen)
    assert finding.command == command
    assert ("was not seen" in finding.what) == (answer is None)


def test_quiet(logged: Callable[[str], Evidence]) -> None:
    assert not list(migrations_run(logged("INFO: the relation does not exist any more\n")))
