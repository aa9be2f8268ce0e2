"""The application on a real database, and people who are signed in."""

import asyncio
import os
from collections.abc import Callable, Iterator

import asyncpg
import pytest
from fastapi.testclient import TestClient
from taskflow.db import create_tables, open_pool
from taskflow.main import app
from taskflow.settings import Settings, get_settings
from taskflow.setup import DEMO_USERS, add_user

SECRET = "a secret of the tests, longer than 32 bytes"


@pytest.fixture(scope="session")
def database_url() -> str:
    url = os.environ.get("TEST_DATABASE_URL")
    if not url:
        pytest.exit("Set TEST_DATABASE_URL to a PostgreSQL database that may be emptied.", 4)
    return url


@pytest.fixture
def settings(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("JWT_SECRET", SECRET)
    get_settings.cache_clear()
    yield get_settings()
    get_settings.cache_clear()


@pytest.fixture
def api(settings: Settings) -> Iterator[TestClient]:
    asyncio.run(_start_afresh(settings.database_url))
    with TestClient(app) as client:
        yield client


async def _start_afresh(url: str) -> None:
    async with open_pool(url) as pool:
        await create_tables(pool)
        await _empty(pool)
        for username, password in DEMO_USERS.items():
            await add_user(pool, username, password)


async def _empty(pool: asyncpg.Pool) -> None:
    await pool.execute("truncate users, tasks restart identity")


@pytest.fixture
def sign_in(api: TestClient) -> Callable[[str], dict[str, str]]:
    """The headers of someone who signed in."""

    def headers(username: str) -> dict[str, str]:
        form = {"username": username, "password": DEMO_USERS[username]}
        token = api.post("/token", data=form).json()["access_token"]
        return {"Authorization": f"Bearer {token}"}

    return headers
