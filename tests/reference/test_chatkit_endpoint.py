"""The chat's routes: who gets in, what is refused, and that what is missing is named."""

from __future__ import annotations

import importlib
import os
from types import ModuleType

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient


@pytest.fixture
def services(delivered: ModuleType) -> ModuleType:
    """The `services` package beside the store under test."""
    package = delivered.__name__.rpartition(".")[0]
    return importlib.import_module(f"{package}.services")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("APP_CHATKIT_", "OPENAI_", "MCP_SERVER_URL")):
            monkeypatch.delenv(name)


def client(services: ModuleType) -> TestClient:
    app = FastAPI()
    app.include_router(services.create_chatkit_router())
    return TestClient(app)


def test_what_is_missing_is_named(services: ModuleType) -> None:
    answer = client(services).post("/chatkit", content=b"{}")
    assert answer.status_code == 503
    for name in ("OPENAI_API_KEY", "APP_CHATKIT_DATABASE_URL", "APP_CHATKIT_JWT_SECRET"):
        assert name in answer.json()["error"]["message"]
    health = client(services).get("/chatkit/health")
    assert health.status_code == 503
    assert health.json()["ready"] is False
    assert "OPENAI_API_KEY" in health.json()["missing"]
