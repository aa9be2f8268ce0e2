"""Database: a lazy pool per event loop, tables made on demand, and errors in plain words."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import asyncpg
from chatkit.store import NotFoundError

from .config import StoreConfig, StoreError, StoreNotConfigured, url_hint

if TYPE_CHECKING:
    Connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]

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
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ReadOnlySQLTransactionError,
)
# An id with NUL or half a surrogate pair, which PostgreSQL cannot hold (payloads are cleaned).
UNSPEAKABLE = {"22000", "22021"}


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
    ) -> list[asyncpg.Record]:
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

    async def _attempt(self, query: str, user_id: str, *values: Any) -> list[asyncpg.Record]:
        try:
            pool = await self._pool()
            async with pool.acquire() as connection:
                return await self._execute(connection, query, user_id, *values)
        except UNAVAILABLE as error:
            raise StoreUnavailable from error
        except asyncpg.PostgresError as error:
            if error.sqlstate in UNSPEAKABLE:
                raise NotFoundError("this is not there, or not yours") from None
            raise StoreError(f"the database refused a statement ({error.sqlstate})") from error

    async def _execute(
        self, connection: Connection, query: str, user_id: str, *values: Any
    ) -> list[asyncpg.Record]:
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
            opening = self._pools[loop] = loop.create_task(self._connect())
        return await asyncio.shield(opening)

    async def _connect(self) -> Pool:
        config = self._config
        try:
            pool = await asyncpg.create_pool(
                config.dsn,
                min_size=config.pool_min_size,
                max_size=config.pool_max_size,
                timeout=config.statement_timeout,
                command_timeout=config.statement_timeout,
                statement_cache_size=0 if config.pooler else 100,
                reset=_nothing_to_reset,
            )
        except ValueError:
            raise StoreNotConfigured(url_hint("cannot be used")) from None
        try:
            await self._create_tables(pool)
        except BaseException:
            pool.terminate()
            raise
        return pool

    async def _create_tables(self, pool: Pool) -> None:
        async with pool.acquire() as connection:
            try:
                if await self._version(connection) < SCHEMA_VERSION:
                    async with connection.transaction():
                        await self._apply_schema(connection)
            except asyncpg.InsufficientPrivilegeError as error:
                role = await connection.fetchval("select quote_ident(current_user)")
                raise StoreNotConfigured(_rights_hint(role, self._schema)) from error

    async def _version(self, connection: Connection) -> int:
        table = f"{self._schema}.schema_version"
        if await connection.fetchval("select to_regclass($1)", table) is None:
            return 0
        query = "select max(version) from {schema}.schema_version"
        return await connection.fetchval(query.replace("{schema}", self._schema)) or 0

    async def _apply_schema(self, connection: Connection) -> None:
        lock = "select pg_advisory_xact_lock(hashtextextended('chatkit_store ' || $1, 0))"
        await connection.execute(lock, self._schema)
        if await self._version(connection) >= SCHEMA_VERSION:
            return
        if await connection.fetchval("select to_regnamespace($1)", self._schema) is None:
            await connection.execute(f"create schema {self._schema}")
        script = Path(__file__).with_name("schema.sql").read_text(encoding="utf-8")
        await connection.execute(script.replace(':"schema"', self._schema))


async def _nothing_to_reset(connection: object) -> None:
    """No statement leaves a trace in the session: a reset would only cost a round trip."""


def _rights_hint(role: str, schema: str) -> str:
    return (
        f"The database role {role} may not create or use the chat's tables. As a role that may, "
        f"run: create schema if not exists {schema}; "
        f"grant usage, create on schema {schema} to {role}; "
        f"grant select, insert, update, delete on all tables in schema {schema} to {role}; "
        "-- or create the tables yourself from schema.sql"
    )
