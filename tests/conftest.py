"""What many tests share: one PostgreSQL for the session, and an empty database for each test."""

from __future__ import annotations

import secrets
import signal
from collections.abc import Iterator

import pytest

from chatkit_agent.sandbox import postgres as embedded

# A shell starts what runs in the background with interrupts ignored, and children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a server of this session's own."""
    with embedded.postgres() as url:
        yield url


@pytest.fixture
def database_url(postgres: str) -> Iterator[str]:
    """The URL of a fresh, empty database that goes away after the test."""
    name = f"test_{secrets.token_hex(6)}"
    yield embedded.create_database(postgres, name)
    embedded.drop_database(postgres, name)
