"""Each cause of a database error is told apart by what the drivers really say."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.rules.logs.database_answers import database_answers
from chatkit_agent.evidence.static import Evidence

ERRORS = {
    "database password": 'asyncpg.exceptions.InvalidPasswordError: password authentication failed for user "shop"',
    "database order": 'asyncpg.exceptions.ForeignKeyViolationError: insert or update on table "items" violates foreign key constraint "items_thread_id_fkey"',
    "database missing": 'asyncpg.exceptions.InvalidCatalogNameError: database "chat" does not exist',
    "database rights": "asyncpg.exceptions.InsufficientPrivilegeError: permission denied for database shop",
    "database row level security": 'asyncpg.exceptions.InsufficientPrivilegeError: new row violates row-level security policy for table "threads"',
    "database tls": 'asyncpg.exceptions.InvalidAuthorizationSpecificationError: no pg_hba.conf entry for host "10.0.0.7", user "shop", database "shop", no encryption',
    "database url option": "TypeError: connect() got an unexpected keyword argument 'sslmode'",
    "pooler": 'asyncpg.exceptions.DuplicatePreparedStatementError: prepared statement "__asyncpg_stmt_1__" already exists',
    "database read-only": "asyncpg.exceptions.ReadOnlySQLTransactionError: cannot execute INSERT in a read-only transaction",
    "nul": "asyncpg.exceptions.UntranslatableCharacterError: unsupported Unicode escape sequence",
    "connections": "asyncpg.exceptions.TooManyConnectionsError: sorry, too many clients already",
    "pool": "sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00",
    "host name": "socket.gaierror: [Errno -2] Name or service not known",
    "database away": "ConnectionRefusedError: [Errno 111] Connect call failed ('127.0.0.1', 5432)",
    "database driver": "sqlalchemy.exc.NoSuchModuleError: Can't load plugin: sqlalchemy.dialects:postgres",
    "database session": "sqlalchemy.exc.MissingGreenlet: greenlet_spawn has not been called; can't call await_only() here.",
    "fake ids": 'asyncpg.exceptions.UniqueViolationError: duplicate key value violates unique constraint "items_pkey" DETAIL:  Key (id)=(__fake_id__) already exists.',
    "database twice": "sqlite3.IntegrityError: UNIQUE constraint failed: threads.id",
    "time zone": "asyncpg.exceptions.DataError: invalid input for query argument $3 (can't subtract offset-naive and offset-aware datetimes)",
    "database locked": "sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) database is locked",
    "database file": "sqlite3.OperationalError: unable to open database file",
    "redis password": "redis.exceptions.AuthenticationError: AuthenticationError: NOAUTH Authentication required.",
    "redis away": "redis.exceptions.ConnectionError: Error -2 connecting to redis:6379. Name or service not known.",
}
REFUSES = "the sandbox of chatkit-agent refuses this: "
OTHERWISE = {
    f"socket.gaierror: [Errno -2] {REFUSES}redis": "the sandbox",
    f"redis.exceptions.ConnectionError: Error -2 connecting to redis:6379. {REFUSES}redis": "the sandbox",
    f"ConnectionRefusedError: [Errno 111] {REFUSES}10.0.3.7:5432": "the sandbox",
    f"OSError: Multiple exceptions: [Errno 111] {REFUSES}localhost:5432": "the sandbox",
    'invalid DSN: scheme is expected to be either "postgresql" or "postgres", got \'postgresql+asyncpg\'': "database driver",
    "The asyncio extension requires an async driver to be used.": "database driver",
    'connection to server at "10.0.3.7", port 5433 failed: Connection refused': "database away",
    "socket.gaierror: [Errno -3] Temporary failure in name resolution": "host name",
    "attempt to write a readonly database": "database file",
}


@pytest.mark.parametrize(("cause", "error"), ERRORS.items())
def test_found(logged: Callable[[str], Evidence], cause: str, error: str) -> None:
    trace = (
        f'Traceback (most recent call last):\n  File "/srv/app/db.py", line 3, in open\n{error}\n'
    )
    (finding,) = database_answers(logged(f"INFO: started\n{trace}"))
    assert finding.cause == cause
    assert finding.where == "app.log:4"


@pytest.mark.parametrize(("cause", "error"), ERRORS.items())
def test_found_where_only_a_line_was_logged(
    logged: Callable[[str], Evidence], cause: str, error: str
) -> None:
    message = error.partition(": ")[2]
    (finding,) = database_answers(logged(f"ERROR Failed to initialise the store: {message}\n"))
    assert finding.cause == cause


@pytest.mark.parametrize(("line", "cause"), OTHERWISE.items())
def test_found_in_other_words(logged: Callable[[str], Evidence], line: str, cause: str) -> None:
    (finding,) = database_answers(logged(f"api-1  | ERROR {line}\n"))
    assert finding.cause == cause


def test_found_in_the_second_line_of_an_error(logged: Callable[[str], Evidence]) -> None:
    trace = (
        "Traceback (most recent call last):\napp.StoreError: no store\nDETAIL: gaierror: no name\n"
    )
    assert [each.cause for each in database_answers(logged(trace))] == ["host name"]


@pytest.mark.parametrize("name", ["ConnectionRefusedError", "FileNotFoundError"])
def test_found_by_the_bare_name(logged: Callable[[str], Evidence], name: str) -> None:
    (finding,) = database_answers(logged(f"the chat's database: {name}\n"))
    assert finding.cause == "database away"


def test_found_by_the_driver_that_it_came_through(logged: Callable[[str], Evidence]) -> None:
    log = 'Traceback (most recent call last):\n  File "/x/{}/y.py", line 3, in z\nFileNotFoundError: no\n'
    assert [each.cause for each in database_answers(logged(log.format("asyncpg")))] == [
        "database away"
    ]
    assert not list(database_answers(logged(log.format("shop"))))


def test_no_password_is_shown(logged: Callable[[str], Evidence]) -> None:
    line = "InvalidPasswordError: password authentication failed for user at postgresql://u:hunter2@db/x"
    (finding,) = database_answers(logged(line))
    assert "hunter2" not in repr(finding)


@pytest.mark.parametrize(
    "line",
    [
        "INFO: connected to postgresql://db:5432/shop",
        "INFO 10.0.0.7:5432 - GET /items 404 Not Found",
        "redis-1  | * Ready to accept connections tcp",
        'duplicate key value violates unique constraint "users_email_key"',
    ],
)
def test_quiet(logged: Callable[[str], Evidence], line: str) -> None:
    assert not list(database_answers(logged(line)))
