"""Everything that a database keeps, as text."""

from __future__ import annotations

import asyncio

import asyncpg


def stored_rows(database: str) -> str:
    """Every row of every table."""
    return asyncio.run(_rows(database))


async def _rows(database: str) -> str:
    connection = await asyncpg.connect(database)
    try:
        tables = await connection.fetch(
            "select format('%I.%I', schemaname, tablename) as name from pg_tables "
            "where schemaname not in ('pg_catalog', 'information_schema')"
        )
        rows = [
            await connection.fetch(f"select t::text as row from {table['name']} t")  # noqa: S608
            for table in tables
        ]
    finally:
        await connection.close()
    return "\n".join(row["row"] for found in rows for row in found)
