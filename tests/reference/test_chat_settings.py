"""The chat's settings: whose they are, and how a wrong one is named."""

from __future__ import annotations

import importlib
from types import ModuleType

import pytest

from .conftest import TARGET


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
