"""Database: one statement at a time, tables made on demand, and errors in plain words."""

from __future__ import annotations

import asyncio
import logging
from functools import cache, partial
from pathlib import Path
from time import monotonic
from typing import Any

import asyncpg
from asyncpg import Connection, Record
from chatkit.store import NotFoundError

from .errors import StoreError, StoreNotConfigured, StoreUnavailable, Taken
from .pool import UNAVAILABLE, Pool, Statement
from .settings import StoreSettings
from .url_options import tls_problem

logger = logging.getLogger(__name__)

SCHEMA_VERSION = 1
RETRY_PAUSE = 0.5
REFUSED = (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError)
# A server's words for an option of the URL that it does not take; they have no password.
OPTION_REFUSED = (asyncpg.DataError, asyncpg.SyntaxOrAccessError)
# An id with NUL or half a surrogate pair, which PostgreSQL cannot hold (payloads are cleaned).
UNSPEAKABLE = {"22000", "22021"}
# What a row belongs to was deleted at the same moment.
GONE = "23503"
TWICE = "23505"
# A prepared statement is missing, or there twice: somebody between us hands out the servers.
POOLED = {"26000", "42P05"}
# A distributed database says so where one of its machines went away.
BROKEN_OFF = "XX000"
NOT_ALLOWED = "42501"
NO_GRANT = (
    "The database role lacks rights on the chat's tables; it has to read and write all of them. "
    "Where they have row-level security, set {variable}=true."
)
RIGHTS = (
    "The database role {role} may not create or use the chat's tables. As a role that may, run: "
    "create schema if not exists {schema}; grant usage, create on schema {schema} to {role}; "
    "grant select, insert, update, delete on all tables in schema {schema} to {role}; "
    "grant usage on all sequences in schema {schema} to {role}; "
    "-- or create the tables yourself from schema.sql"
)


class Database:
    """Connects and creates the tables on first use, and again later where that failed."""

    def __init__(self, config: StoreSettings) -> None:
        self._config = config
        self._schema = f'"{config.db_schema}"'
        self._statement: Statement = fetch_as_user if config.row_level_security else fetch
        self._has_tables = False
        self._pools: dict[asyncio.AbstractEventLoop, Pool] = {}

    async def fetch(
        self,
        query: str,
        user_id: str,
        *values: Any,
        retry_seconds: float = 0,
        counted: str | None = None,
        lock: str | None = None,
    ) -> list[Record]:
        """The rows of one statement, in which $1 is the user and {schema} the schema.

        What `counted` returns, in the same transaction, is its last value. It sees all that was
        done by others before `lock` let it through.

        While the database is unreachable it is tried again for `retry_seconds`.
        """
        query = in_schema(self._schema, query)
        statement = self._statement
        if counted:
            statement = partial(fetch_counted, in_schema(self._schema, counted))
        if lock:
            statement = partial(fetch_locked, in_schema(self._schema, lock), statement)
        give_up = monotonic() + retry_seconds
        while True:
            try:
                return await self._pool().fetch(statement, query, user_id, *values)
            except UNAVAILABLE as error:
                if monotonic() >= give_up:
                    logger.warning("the chat's database: %s", type(error).__name__)
                    raise StoreUnavailable from error
            except asyncpg.PostgresError as error:
                if error.sqlstate != BROKEN_OFF or monotonic() >= give_up:
                    raise _refusal(error, self._config) from error
            await asyncio.sleep(RETRY_PAUSE)

    async def close(self) -> None:
        pool = self._pools.pop(asyncio.get_running_loop(), None)
        if pool is not None:
            await pool.close()

    def _pool(self) -> Pool:
        loop = asyncio.get_running_loop()
        if loop not in self._pools:
            pools = self._pools.items()
            self._pools = {other: pool for other, pool in pools if not other.is_closed()}
            self._pools[loop] = Pool(
                self._connect, self._config.pool_max_size, self._config.statement_timeout
            )
        return self._pools[loop]

    async def _connect(self) -> Connection[Record]:
        connection = await connect(self._config)
        try:
            if not self._has_tables:
                await create_tables(connection, self._schema)
                self._has_tables = True
        except BaseException:
            connection.terminate()
            raise
        return connection


@cache
def in_schema(schema: str, query: str) -> str:
    return query.replace("{schema}", schema)


async def connect(config: StoreSettings) -> Connection[Record]:
    try:
        return await asyncpg.connect(
            config.dsn,
            ssl=config.tls,
            timeout=config.statement_timeout,
            command_timeout=config.statement_timeout,
            # Behind a pooler the next statement may meet a server where nothing is prepared.
            statement_cache_size=0 if config.pooler else 100,
        )
    except (ValueError, OverflowError, OSError) as error:
        if problem := tls_problem(error):
            raise StoreNotConfigured(f"{config.variable('DATABASE_URL')} {problem}.") from None
        if isinstance(error, OSError):
            raise
        # The parser's own message may quote a part of the password.
        raise StoreNotConfigured(config.url_hint("cannot be used")) from None
    except REFUSED as error:
        reason = f"was refused ({type(error).__name__})"
        raise StoreNotConfigured(config.url_hint(reason)) from error
    except OPTION_REFUSED as error:
        name, said = config.variable("DATABASE_URL"), str(error).partition("\n")[0]
        raise StoreNotConfigured(f"{name} cannot be used: the server says: {said}.") from error


async def fetch(connection: Connection[Record], query: str, *values: Any) -> list[Record]:
    return await connection.fetch(query, *values)


async def fetch_as_user(
    connection: Connection[Record], query: str, user_id: str, *values: Any
) -> list[Record]:
    """The policies of `schema.sql` look at a setting that ends with its transaction."""
    async with connection.transaction():
        await connection.fetch("select set_config('chatkit.user_id', $1, true)", user_id)
        return await connection.fetch(query, user_id, *values)


async def fetch_counted(
    count: str,
    connection: Connection[Record],
    query: str,
    user_id: str,
    thread_id: str,
    *values: Any,
) -> list[Record]:
    async with connection.transaction():
        numbers = await connection.fetch(count, user_id, thread_id)
        if not numbers:
            return []
        return await connection.fetch(query, user_id, thread_id, *values, numbers[0][0])


async def fetch_locked(
    lock: str,
    statement: Statement,
    connection: Connection[Record],
    query: str,
    user_id: str,
    *values: Any,
) -> list[Record]:
    async with connection.transaction():
        await connection.fetch(lock, user_id)
        return await statement(connection, query, user_id, *values)


def _refusal(error: asyncpg.PostgresError, config: StoreSettings) -> Exception:
    if error.sqlstate in (*UNSPEAKABLE, GONE):
        return NotFoundError("this is not there, or not yours")
    if error.sqlstate == BROKEN_OFF:
        return StoreUnavailable()
    if error.sqlstate == TWICE:
        return Taken()
    if error.sqlstate == NOT_ALLOWED:
        return StoreNotConfigured(NO_GRANT.format(variable=config.variable("ROW_LEVEL_SECURITY")))
    if error.sqlstate in POOLED:
        return StoreNotConfigured(
            f"The database is behind a pooler: set {config.variable('POOLER')}=true."
        )
    logger.error("the chat's database refused a statement: %s", type(error).__name__)
    return StoreError(f"the database refused a statement ({error.sqlstate})")


async def create_tables(connection: Connection[Record], schema: str) -> None:
    """Bring the schema up to date; nothing but reading is needed where it is."""
    try:
        async with connection.transaction():
            if await _version(connection, schema) < SCHEMA_VERSION:
                await _apply(connection, schema)
    except asyncpg.InsufficientPrivilegeError as error:
        async with connection.transaction():
            role = await connection.fetchval("select quote_ident(current_user)")
        raise StoreNotConfigured(RIGHTS.format(role=role, schema=schema)) from error


async def _version(connection: Connection[Record], schema: str) -> int:
    table = f"{schema}.schema_version"
    if await connection.fetchval("select to_regclass($1)", table) is None:
        return 0
    query = in_schema(schema, "select max(version) from {schema}.schema_version")
    return await connection.fetchval(query) or 0


async def _apply(connection: Connection[Record], schema: str) -> None:
    # Workers that start together queue here, and all but the first find the work done.
    lock = "select pg_advisory_xact_lock(hashtextextended('chatkit_store ' || $1, 0))"
    await connection.execute(lock, schema)
    if await _version(connection, schema) >= SCHEMA_VERSION:
        return
    if await connection.fetchval("select to_regnamespace($1)", schema) is None:
        await connection.execute(f"create schema {schema}")
    script = Path(__file__).with_name("schema.sql").read_text(encoding="utf-8")
    await connection.execute(script.replace(':"schema"', schema))
