"""The client of a provider: its base URL with a query, and the proxies of its environment."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from . import providers as p
from .conftest import TARGET


@pytest.mark.parametrize("api", ["responses", "chat_completions"])
def test_a_query_in_the_base_url_goes_with_every_request(
    person: Callable[..., Any], configured: Callable[..., None], api: str
) -> None:
    said = p.says("Yes") if api == "responses" else p.chat_says("Yes")
    with p.provider(said) as provider:
        url = f"{provider.url}//?api-version=2025-01-01&x=1&x=2&flag="
        configured(OPENAI_BASE_URL=url, MODEL_API=api)
        assert person().say("Hello").text == "Yes"
    assert provider.queries == ["api-version=2025-01-01&x=1&x=2&flag="]


@pytest.mark.parametrize(
    "ending",
    [
        *("/chat/completions", "/responses/", "/responses?a=b"),
        *("/Chat/Completions", "/completions", "/models"),
    ],
)
def test_the_address_of_an_api_is_taken_for_its_base(ending: str) -> None:
    made = import_module(f"{TARGET}.chatkit_runtime.provider").ProviderClient
    client = made(api_key="sk-offline", base_url=f"https://a.example/openai/v1{ending}")
    assert str(client.base_url) == "https://a.example/openai/v1/"
    own = made(api_key="sk-offline", base_url="https://a.example/responses-proxy/v1")
    assert str(own.base_url) == "https://a.example/responses-proxy/v1/"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALL_PROXY", "socks5://127.0.0.1:1080"),
        ("ALL_PROXY", "gopher://127.0.0.1:1"),
        ("HTTPS_PROXY", "http://proxy.example:port"),
        ("SSL_CERT_FILE", "/not/there.pem"),
    ],
)
def test_what_the_environment_has_wrong_is_named(
    services: ModuleType, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    made = import_module(f"{TARGET}.chatkit_runtime.provider").ProviderClient
    wrong = import_module(f"{TARGET}.chatkit_runtime.settings").ConfigurationError
    for each in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setenv(name, value)
    with pytest.raises(wrong, match=name) as refused:
        made(api_key="sk-offline", base_url="https://example.com/v1")
    if "NO_PROXY=*" in str(refused.value):  # what it advises helps
        monkeypatch.setenv("NO_PROXY", "*")
        made(api_key="sk-offline", base_url="https://example.com/v1")
