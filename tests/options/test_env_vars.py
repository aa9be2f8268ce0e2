"""Every variable that is told to people is one that the delivered code reads."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterator

import pytest
from pydantic_settings import BaseSettings

from chatkit_agent.options.env_vars import variables
from chatkit_agent.options.features import FEATURES
from chatkit_agent.options.options import AuthMode, Options
from chatkit_agent.project.facts import App

APP = App("main:app", "module", "main.py", "", "main.py", None, "app")


def choices(auth: AuthMode, mcp_url: str | None = None) -> Options:
    return Options(
        APP,
        "shop",
        auth,
        None,
        "auto",
        "APP_CHATKIT_",
        "app_chat",
        "/chatkit",
        mcp_url,
        ".",
        "x",
        tuple(extra.name for extra in FEATURES),
    )


def of_extras() -> Iterator[type[BaseSettings]]:
    for extra in FEATURES:
        if extra.settings:
            name = f"chatkit_agent.reference.chatkit_runtime.{extra.name}"
            module = importlib.import_module(name)
            yield getattr(module, f"{extra.name.capitalize()}Settings")


def names_that_are_read() -> set[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        agent = importlib.import_module("chatkit_agent.reference.services.chat_settings")
        sign_in = importlib.import_module("chatkit_agent.reference.services.current_user")
    store = importlib.import_module("chatkit_agent.reference.chatkit_store.config")
    names: set[str] = set()
    for settings in (agent.ChatSettings, sign_in.SignInSettings, store.StoreConfig, *of_extras()):
        for name, field in settings.model_fields.items():
            alias = field.validation_alias
            aliases = getattr(alias, "choices", [alias]) if alias else []
            names.update(map(str, aliases or [f"APP_CHATKIT_{name.upper()}"]))
    return names


@pytest.mark.parametrize("auth", ["existing", "jwt", "none"])
def test_every_variable_is_read(auth: AuthMode) -> None:
    assert {each.name for each in variables(choices(auth))} - names_that_are_read() == set()


@pytest.mark.parametrize("auth", ["existing", "jwt", "none"])
def test_no_example_is_a_secret_that_works(auth: AuthMode) -> None:
    for each in variables(choices(auth)):
        is_secret = each.name.endswith(("_KEY", "_SECRET"))
        assert not (is_secret and each.example), each.name


def test_an_mcp_server_that_was_asked_for_has_to_be_set() -> None:
    required = {
        each.name for each in variables(choices("jwt", "http://localhost:9/mcp")) if each.required
    }
    assert "MCP_SERVER_URL" in required
    assert "MCP_SERVER_URL" not in {
        each.name for each in variables(choices("jwt")) if each.required
    }
