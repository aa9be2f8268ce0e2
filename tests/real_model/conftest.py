"""The delivered chat with a real open model: `make real-model` runs this, and nothing else does."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from ..reference import conftest as reference
from ..reference.people import SECRET, Person

sys.path.append(str(Path(__file__).parents[2] / "examples"))
from local_model import NAME, model_server

anyio_backend, delivered = reference.anyio_backend, reference.delivered
services, settings = reference.services, reference.settings
verified_user, chat_url = reference.verified_user, reference.chat_url
toolbox = reference.toolbox

CONTEXT = 1024


@pytest.fixture(scope="session")
def model() -> Iterator[str]:
    with model_server(CONTEXT) as url:
        yield url


@pytest.fixture(scope="session")
def calling_model() -> Iterator[str]:
    """Its answers are held to a grammar, so that it can call tools."""
    with model_server(2 * CONTEXT, chat_format="chatml-function-calling") as url:
        yield url


@pytest.fixture
def configured(settings: Callable[..., None], database_url: str, model: str) -> Callable[..., None]:
    settings(
        DATABASE_URL=database_url,
        JWT_SECRET=SECRET,
        OPENAI_API_KEY="local",
        OPENAI_BASE_URL=model,
        MODEL_API="chat_completions",
        MODEL=NAME,
        MAX_OUTPUT_TOKENS="16",
    )
    return settings


@pytest.fixture
def person(chat_url: str) -> Iterator[Callable[[], Person]]:
    """Alice, who has time: a model on a busy machine may think for minutes."""
    alice = Person("alice", chat_url)
    alice.http.timeout = httpx.Timeout(600)
    yield lambda: alice
    alice.http.close()
