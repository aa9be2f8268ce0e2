"""Database: one statement at a time, tables made on demand, and errors in plain words."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import asyncpg
from chatkit.store import NotFoundError

from .config import StoreConfig, StoreError, StoreNotConfigured, url_hint
from .pool import Pool

if TYPE_CHECKING:
    from asyncpg import Connection, Record

logger = logging.getLogger(__name__)

SCHEMA_VERSION = 1
RETRY_PAUSE = 0.5
# Trouble that may pass: refused, cut or exhausted connections, time-outs, restarts, fail-over.
UNAVAILABLE = (
    OSError,
    asyncio.TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
)
# After these a connection may be in the middle of something, or at the wrong server.
INTERRUPTED = (asyncio.CancelledError, *UNAVAILABLE)
REFUSED = (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError)
# An id with NUL or half a surrogate pair, which PostgreSQL cannot hold (payloads are cleaned).
UNSPEAKABLE = {"22000", "22021"}
RIGHTS = (
    "The database role {role} may not create or use the chat's tables. As a role that may, run: "
    "create schema if not exists {schema}; grant usage, create on schema {schema} to {role}; "
    "grant select, insert, update, delete on all tables in schema {schema} to {role}; "
    "-- or create the tables yourself from schema.sql"
)


class StoreUnavailable(StoreError):
    """The conversations cannot be reached right now. Try again in a moment."""


class Database:
    """Connects and creates the tables on first use, and again later where that failed."""

    def __init__(self, config: StoreConfig) -> None:
        self._config = config
        self._schema = f'"{config.db_schema}"'
        self._pools: dict[asyncio.AbstractEventLoop, asyncio.Task[Pool]] = {}

    async def fetch(
        self, query: str, user_id: str, *values: Any, patience: float = 0
    ) -> list[Record]:
        """The rows of one statement, in which $1 is the user and {schema} the schema.

        While the database is unreachable it is tried again for `patience` seconds.
        """
        query = query.replace("{schema}", self._schema)
        give_up = monotonic() + patience
        while True:
            try:
                return await self._attempt(query, user_id, *values)
            except StoreUnavailable as error:
                if monotonic() >= give_up:
                    logger.warning("the chat's database: %s", type(error.__cause__).__name__)
                    raise
                await asyncio.sleep(RETRY_PAUSE)

    async def close(self) -> None:
        opening = self._pools.pop(asyncio.get_running_loop(), None)
        if opening is not None:
            await asyncio.wait([opening])
            if not opening.cancelled() and not opening.exception():
                await opening.result().close()

    async def _attempt(self, query: str, user_id: str, *values: Any) -> list[Record]:
        try:
            pool = await self._pool()
            connection = await pool.take()
            try:
                return await self._execute(connection, query, user_id, *values)
            except INTERRUPTED:
                connection.terminate()
                raise
            finally:
                pool.give(connection)
        except UNAVAILABLE as error:
            raise StoreUnavailable from error
        except asyncpg.PostgresError as error:
            if error.sqlstate in UNSPEAKABLE:
                raise NotFoundError("this is not there, or not yours") from None
            raise StoreError(f"the database refused a statement ({error.sqlstate})") from error

    async def _execute(
        self, connection: Connection[Record], query: str, user_id: str, *values: Any
    ) -> list[Record]:
        if not (self._config.pooler or self._config.row_level_security):
            return await connection.fetch(query, user_id, *values)
        # Only a transaction keeps what belongs together on one connection of a pooler.
        async with connection.transaction():
            await connection.fetch("select set_config('chatkit.user_id', $1, true)", user_id)
            return await connection.fetch(query, user_id, *values)

    async def _pool(self) -> Pool:
        loop = asyncio.get_running_loop()
        opening = self._pools.get(loop)
        if opening is None or (opening.done() and (opening.cancelled() or opening.exception())):
            pools = self._pools.items()
            self._pools = {other: pool for other, pool in pools if not other.is_closed()}
            opening = self._pools[loop] = loop.create_task(self._open())
        return await asyncio.shield(opening)

    async def _open(self) -> Pool:
        connection = await self._connect()
        try:
            await create_tables(connection, self._schema)
        finally:
            connection.terminate()
        return Pool(self._connect, self._config.pool_max_size, self._config.statement_timeout)

    async def _connect(self) -> Connection[Record]:
        try:
            return await asyncpg.connect(
                self._config.dsn,
                timeout=self._config.statement_timeout,
                command_timeout=self._config.statement_timeout,
                statement_cache_size=0 if self._config.pooler else 100,
            )
        except ValueError:
            # The parser's own message may quote a part of the password.
            raise StoreNotConfigured(url_hint("cannot be used")) from None
        except REFUSED as error:
            reason = f"was refused ({type(error).__name__})"
            raise StoreNotConfigured(url_hint(reason)) from error


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
    query = "select max(version) from {schema}.schema_version"
    return await connection.fetchval(query.replace("{schema}", schema)) or 0


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
