"""The database of a session of development: the project's own, on the embedded PostgreSQL."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg

from chatkit_agent.sandbox.connection import connect
from chatkit_agent.sandbox.postgres import (
    create_database,
    data_directory,
    drop_database,
    postgres,
)

MOST = 500
TABLES = (
    ("threads", "id = $1", "position"),
    ("items", "thread_id = $1", "position"),
    ("attachments", "thread_id = $1", "created_at"),
    ("feedback", "thread_id = $1", "created_at"),
)
READ_ONLY = {"default_transaction_read_only": "on"}


@contextmanager
def kept_database(project: Path, *, fresh: bool) -> Iterator[str]:
    """The URL of the project's own database, whose data stays for the next time."""
    directory = data_directory("dev")
    name = database_name(project)
    with postgres(directory) as server:
        if fresh:
            drop_database(server, name)
        yield create_database(server, name)


def database_name(project: Path) -> str:
    return f"dev_{hashlib.sha256(os.fsencode(project.resolve())).hexdigest()[:12]}"


async def stored_of(database: str, schema: str, thread: str) -> dict[str, list[Any]]:
    """The rows by table; a table that is not there yet has none."""
    connection = await connect(database, timeout=10, server_settings=READ_ONLY)
    try:
        return {
            name: await _rows(connection, f'"{schema}"."{name}"', wanted, order, thread)
            for name, wanted, order in TABLES
        }
    finally:
        await connection.close()


async def _rows(
    connection: asyncpg.Connection[Any], table: str, wanted: str, order: str, thread: str
) -> list[Any]:
    # The names are ours, and the schema's is one that the options allow.
    text = f"select to_jsonb(t)::text from {table} t where {wanted} order by {order} limit {MOST}"  # noqa: S608
    try:
        found = await connection.fetch(text, thread)
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        return []
    return [json.loads(row[0]) for row in found]
