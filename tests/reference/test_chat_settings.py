"""The chat's settings: whose they are, and how a wrong one is named."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import pytest

from .conftest import TARGET
from .test_wrong_settings import names_of


@pytest.fixture
def chat_settings(services: ModuleType) -> ModuleType:
    return importlib.import_module(f"{TARGET}.services.chat_settings")


@pytest.mark.parametrize("prompt", ["{user}", "{user_name.upper}", "{0}", "{", "{}"])
def test_a_placeholder_that_nothing_fills_is_named(chat_settings: ModuleType, prompt: str) -> None:
    settings = importlib.import_module(f"{TARGET}.chatkit_runtime.settings")
    with pytest.raises(settings.ConfigurationError):
        settings.check_prompt(prompt, chat_settings.PLACEHOLDERS)
    with pytest.raises(ValueError, match="system prompt"):
        chat_settings.ChatSettings(system_prompt=prompt)


def variables(chat_settings: ModuleType, delivered: ModuleType) -> dict[str, tuple[type[Any], str]]:
    """The kind and the variable of each setting, by its name."""
    sign_in = importlib.import_module(f"{TARGET}.services.current_user").SignInSettings
    kinds = (delivered.StoreConfig, chat_settings.ChatSettings, sign_in)
    return {
        field: (kind, name)
        for kind in kinds
        for field, name in zip(kind.model_fields, names_of(kind), strict=True)
    }


@pytest.mark.parametrize("value", ["1e308", "9" * 30, "-1"])
def test_no_number_is_more_than_a_clock_or_a_database_takes(
    chat_settings: ModuleType, delivered: ModuleType, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    settings = importlib.import_module(f"{TARGET}.chatkit_runtime.settings")
    texts = {"history_chars", "mcp_result_chars", "max_output_tokens"}  # lengths that only compare
    for field, (kind, name) in variables(chat_settings, delivered).items():
        if kind.model_fields[field].annotation in {int, float} and field not in texts:
            with monkeypatch.context() as one:
                one.setenv(name, value)
                (told,) = [each for each in settings.lacking(kind) if name in each]
            assert "less than" in told or "greater than" in told or "integer" in told


def test_spaces_and_line_ends_around_a_value_are_none_of_it(
    chat_settings: ModuleType, delivered: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = variables(chat_settings, delivered)
    for value, read in ((" x-1\r\n", "x-1"), (" \n", None)):
        for name in ("model", "jwt_issuer", "jwt_header", "jwt_secret", "openai_api_key"):
            monkeypatch.setenv(found[name][1], value)
        sign_in, chat = found["jwt_issuer"][0](), found["model"][0]()
        assert sign_in.jwt_secret.get_secret_value() == value  # as the application signs with it
        assert sign_in.jwt_issuer == read
        assert sign_in.jwt_header == (read or "Authorization")
        assert chat.model == (read or "gpt-5.6-luna")
        assert (chat.openai_api_key and chat.openai_api_key.get_secret_value()) == read


def test_a_header_that_no_request_can_have_is_told(
    chat_settings: ModuleType, delivered: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = importlib.import_module(f"{TARGET}.chatkit_runtime.settings")
    kind, name = variables(chat_settings, delivered)["jwt_header"]
    monkeypatch.setenv(name, "X-To\u200bken")
    assert f"{name} right" in settings.lacking(kind)[0]


def test_several_servers_are_a_list(chat_settings: ModuleType) -> None:
    settings = chat_settings.ChatSettings(mcp_server_url=" http://a/mcp, http://b/mcp ,")
    assert [(each.url, each.shows) for each in settings.tool_servers] == [
        ("http://a/mcp", "user"),
        ("http://b/mcp", "user"),
    ]


def test_the_chats_own_server_comes_before_a_global_one(
    chat_settings: ModuleType, delivered: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = importlib.import_module(f"{delivered.__name__}.config").ENV_PREFIX
    monkeypatch.setenv("MCP_SERVER_URL", "http://global/mcp")
    monkeypatch.setenv(f"{prefix}MCP_SERVER_URL", "http://own/mcp")
    (server,) = chat_settings.ChatSettings().tool_servers
    assert server.url == "http://own/mcp"


def test_an_empty_variable_is_an_unset_one(
    chat_settings: ModuleType, delivered: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = importlib.import_module(f"{delivered.__name__}.config")
    monkeypatch.setenv(f"{config.ENV_PREFIX}HISTORY_ITEMS", "")
    monkeypatch.setenv(f"{config.ENV_PREFIX}POOL_MAX_SIZE", "")
    assert chat_settings.ChatSettings().history_items == 20
    assert config.StoreConfig().pool_max_size == 10
