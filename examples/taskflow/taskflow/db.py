"""The connection pool, and who hands it to the routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import asyncpg
from fastapi import Depends, Request

SCHEMA = Path(__file__).with_name("schema.sql")


@asynccontextmanager
async def open_pool(database_url: str) -> AsyncIterator[asyncpg.Pool]:
    # Without a first connection, so that the API starts before its database does.
    async with asyncpg.create_pool(database_url, min_size=0, max_size=10) as pool:
        yield pool


async def create_tables(pool: asyncpg.Pool) -> None:
    await pool.execute(SCHEMA.read_text())


def get_pool(request: Request) -> asyncpg.Pool:
    pool: asyncpg.Pool = request.app.state.pool
    return pool


Pool = Annotated[asyncpg.Pool, Depends(get_pool)]
