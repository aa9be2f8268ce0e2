"""Empty databases for tests: emptying the one of the test before takes a fifth of making one."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from chatkit_agent.sandbox.postgres import create_database

SERVER = "postgres"
# Each by itself, as no database is renamed in a transaction.
RENAME = (
    "alter database {old} reset all",
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = '{old}'",
    "alter database {old} rename to {new}",
)
# With the rights on `public` that it has in a database which was just made.
EMPTY = """
set client_min_messages = warning;
do $$
declare name text;
begin
    for name in select nspname from pg_namespace where nspname !~ '^pg_|^information_schema$' loop
        execute format('drop schema %I cascade', name);
    end loop;
end $$;
create schema public authorization pg_database_owner;
grant usage on schema public to public;
"""


def made(server: str) -> str:
    return create_database(server, _random_name())


def emptied(url: str) -> str:
    """Its new URL, so that nothing of the test before finds it any more."""
    old, new = urlsplit(url).path[1:], _random_name()
    server, empty = (urlunsplit(urlsplit(url)._replace(path=f"/{name}")) for name in (SERVER, new))
    # In a thread, as Playwright keeps a loop running in this one.
    with ThreadPoolExecutor(1) as pool:
        rename = [each.format(old=old, new=new) for each in RENAME]
        pool.submit(asyncio.run, _execute(server, rename)).result()
        pool.submit(asyncio.run, _execute(empty, [EMPTY])).result()
    return empty


def _random_name() -> str:
    return f"test_{secrets.token_hex(6)}"


async def _execute(url: str, statements: list[str]) -> None:
    connection = await asyncpg.connect(url)
    try:
        for each in statements:
            await connection.execute(each)
    finally:  # else a later test fails, whichever runs as it is collected
        await connection.close()
