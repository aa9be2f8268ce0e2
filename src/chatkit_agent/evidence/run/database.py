"""Everything that a database keeps, as text."""

from __future__ import annotations

import asyncio

import asyncpg

TABLES = """
select format('%I.%I', schemaname, tablename) as name from pg_tables
where schemaname not in ('pg_catalog', 'information_schema')
    and ($1::text is null or schemaname = $1)
"""


def stored_rows(database: str, schema: str | None = None) -> str:
    """Every row of every table, or of those in one schema."""
    return asyncio.run(_rows(database, schema))


async def _rows(database: str, schema: str | None) -> str:
    connection = await asyncpg.connect(database, statement_cache_size=0)
    try:
        tables = await connection.fetch(TABLES, schema)
        rows = [
            await connection.fetch(f"select t::text as row from {table['name']} t")  # noqa: S608
            for table in tables
        ]
    finally:
        await connection.close()
    return "\n".join(row["row"] for found in rows for row in found)
