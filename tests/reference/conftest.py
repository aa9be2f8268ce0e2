"""The delivered code under test: the reference itself, or the copy that CHATKIT_TARGET names."""

from __future__ import annotations

import importlib
import os
from collections.abc import AsyncIterator, Callable
from types import ModuleType
from typing import Any

import pytest
from pydantic import SecretStr

TARGET = os.environ.get("CHATKIT_TARGET", "chatkit_agent.reference")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def delivered() -> ModuleType:
    """The `chatkit_store` package of the target."""
    return importlib.import_module(f"{TARGET}.chatkit_store")


@pytest.fixture
async def make_store(
    anyio_backend: str, delivered: ModuleType, database_url: str
) -> AsyncIterator[Callable[..., Any]]:
    """Makes unopened stores over the test's own database; keywords are settings."""
    made = []

    def make(url: str = database_url, **settings: Any) -> Any:
        settings.setdefault("save_retry_seconds", 0)
        config = delivered.StoreConfig(database_url=SecretStr(url), **settings)
        made.append(delivered.PostgresStore(config))
        return made[-1]

    yield make
    for store in made:
        await store.close()


@pytest.fixture
def store(make_store: Callable[..., Any]) -> Any:
    return make_store()


@pytest.fixture
def alice(delivered: ModuleType) -> Any:
    return delivered.RequestContext("alice")


@pytest.fixture
def bob(delivered: ModuleType) -> Any:
    return delivered.RequestContext("bob")
