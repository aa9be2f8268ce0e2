"""Whatever the chat's settings are: the application serves, and the chat says what is wrong."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic_settings import BaseSettings

from .conftest import PREFIX, TARGET
from .people import Person

JUNK = ("hunter2 {", "-1", "nan", '{"x": "hunter2"}', "http://[hunter2")


def names_of(kind: type[BaseSettings]) -> list[str]:
    found = []
    for name, field in kind.model_fields.items():
        alias: Any = field.validation_alias
        found.append(str(getattr(alias, "choices", [alias])[0] if alias else PREFIX + name.upper()))
    return found


@pytest.fixture
def application(services: ModuleType, verified_user: Any) -> Callable[[], TestClient]:
    """An application with a route of its own beside the chat."""

    def serve() -> TestClient:
        app = FastAPI()
        app.include_router(services.create_chatkit_router(current_user=verified_user))
        app.add_api_route("/alive", lambda: "alive")
        return TestClient(app)

    return serve


def asked(http: TestClient) -> tuple[int, httpx.Response, httpx.Response]:
    headers = {"Authorization": f"Bearer {Person('alice').token}"}
    alive = http.get("/alive").status_code
    health = http.get("/chatkit/health")
    body = {"type": "threads.list", "params": {}}
    return alive, health, http.post("/chatkit", json=body, headers=headers)


def kinds(services: ModuleType, delivered: ModuleType) -> dict[str, str]:
    """Every setting's variable, by its name."""
    named = (("chat_settings", "ChatSettings"), ("current_user", "SignInSettings"))
    found: list[type[BaseSettings]] = [delivered.StoreConfig]
    for module, kind in named:
        found.append(getattr(importlib.import_module(f"{TARGET}.services.{module}"), kind))
    return {
        field: variable
        for each in found
        for field, variable in zip(each.model_fields, names_of(each), strict=True)
    }


@pytest.mark.parametrize("junk", JUNK)
def test_no_value_of_a_setting_takes_the_application_down(
    application: Callable[[], TestClient],
    services: ModuleType,
    delivered: ModuleType,
    configured: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    junk: str,
) -> None:
    for field, variable in kinds(services, delivered).items():
        with monkeypatch.context() as one:
            one.setenv(variable, junk)
            with application() as http:
                alive, health, answer = asked(http)
        assert alive == 200, field
        assert health.status_code in {200, 503}, field
        assert "hunter2" not in health.text + answer.text, field
        if health.status_code == 503 and field != "database_url":
            assert variable in health.text, (field, health.text)
            assert answer.status_code == 503, (field, answer.text)


def test_a_setting_that_is_no_json_is_named(
    application: Callable[[], TestClient], configured: Callable[..., None]
) -> None:
    configured(MCP_TOOL_SECONDS="export=300")
    with application() as http:
        _, health, answer = asked(http)
    assert f"{PREFIX}MCP_TOOL_SECONDS right (it has to be JSON)" in health.json()["missing"]
    assert f"{PREFIX}MCP_TOOL_SECONDS" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("ALLOWED_ORIGINS", "*", "https://app.example.com"),
        ("ALLOWED_ORIGINS", "https://a.example, b.example", "https://app.example.com"),
        ("ALLOWED_ORIGINS", "https://a.example/page", "https://app.example.com"),
        ("OPENAI_API_KEY", " ", '["OPENAI_API_KEY"]'),
        ("OPENAI_API_KEY", "sk-\u00e9", "a key"),
        ("MCP_SERVERS", '[{"url": "https://a.example/mcp", "key": ""}]', "a key"),
        ("MCP_SERVER_URL", "localhost:8001/mcp", " or MCP_SERVER_URL right"),
    ],
)
def test_what_nothing_could_be_done_with_is_told(
    application: Callable[[], TestClient],
    configured: Callable[..., None],
    name: str,
    value: str,
    told: str,
) -> None:
    configured(**{name: value})
    with application() as http:
        _, health, _ = asked(http)
    assert health.status_code == 503
    assert name in health.text
    assert told in health.text


@pytest.mark.parametrize("text", ["a, b", '["a","b"]', "[a, b]", " 'a',,'b' ", '[\n"a",\n"b"\n]'])
def test_a_list_may_be_written_as_json(text: str) -> None:
    checked = importlib.import_module(f"{TARGET}.chatkit_runtime.checked_values")
    assert checked.listed(text) == ["a", "b"]


@pytest.mark.parametrize("prompt", ["{nobody}", "{", "{today:%Y}", "{today!x}", 'Say {"a": 1}'])
def test_a_prompt_with_braces_is_told_with_the_cure(
    application: Callable[[], TestClient],
    services: ModuleType,
    configured: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    prompt: str,
) -> None:
    chat_agent = importlib.import_module(f"{TARGET}.services.chat_agent")
    monkeypatch.setattr(chat_agent, "SYSTEM_PROMPT", prompt)
    with application() as http:
        alive, health, answer = asked(http)
    assert (alive, health.status_code, answer.status_code) == (200, 503, 503)
    for told in (health.text, answer.text):
        assert "SYSTEM_PROMPT" in told
        assert "{{ and }}" in told


def test_an_env_file_that_cannot_be_read_is_told(
    application: Callable[[], TestClient],
    configured: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (tmp_path / ".env").write_bytes(b"GREETING=gr\xfc\xdfe\n")
    monkeypatch.chdir(tmp_path)
    with application() as http:
        alive, health, answer = asked(http)
    assert (alive, health.status_code, answer.status_code) == (200, 503, 503)
    assert any(".env" in name for name in health.json()["missing"])


def test_a_database_url_that_cannot_be_read_is_told_by_health(
    application: Callable[[], TestClient], configured: Callable[..., None]
) -> None:
    configured(DATABASE_URL="mysql://u:hunter2@db/x")
    with application() as http:
        _, health, _ = asked(http)
    assert f"{PREFIX}DATABASE_URL cannot be read" in health.json()["missing"][0]
    assert "hunter2" not in health.text
