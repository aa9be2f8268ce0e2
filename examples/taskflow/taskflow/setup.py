"""Makes the tables and two people to try things with: `python -m taskflow.setup`."""

import asyncio

import asyncpg

from taskflow.db import create_tables, open_pool
from taskflow.passwords import hash_password
from taskflow.settings import get_settings

DEMO_USERS = {"alice": "alice-likes-lists", "bob": "bob-likes-lists"}


async def add_user(pool: asyncpg.Pool, username: str, password: str) -> None:
    hashed = await asyncio.to_thread(hash_password, password)
    await pool.execute(
        """
        insert into users (username, password_hash) values ($1, $2)
        on conflict (username) do nothing
        """,
        username,
        hashed,
    )


async def main() -> None:
    async with open_pool(get_settings().database_url) as pool:
        await create_tables(pool)
        for username, password in DEMO_USERS.items():
            await add_user(pool, username, password)
            print(f"{username} can sign in with the password {password}")


if __name__ == "__main__":
    asyncio.run(main())
