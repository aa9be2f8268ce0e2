"""Provider: the model that answers, as the environment and the options name it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from chatkit_agent.frontends.own_installation import install_command

if TYPE_CHECKING:
    from agents import Model
    from openai import AsyncOpenAI

MODEL = "gpt-5.6-luna"
Api = Literal["auto", "responses", "chat_completions"]
NO_KEY = (
    "There is no OPENAI_API_KEY in the environment, so no model is asked. "
    "This is what chatkit-agent knows by itself."
)
NO_SDK = (
    "The assistant needs the OpenAI Agents SDK, which is not installed here. Run\n"
    f"    {install_command('assistant')}\n"
    "This is what chatkit-agent knows without a model."
)


@dataclass(frozen=True)
class Provider:
    """Where a model is asked. `key` is never shown."""

    model: str
    api: Literal["responses", "chat_completions"]
    key: str
    url: str | None

    @property
    def place(self) -> str:
        return urlsplit(self.url).hostname or "the provider" if self.url else "api.openai.com"


def provider_of(
    model: str | None, api: Api, environment: Mapping[str, str] = os.environ
) -> Provider | str:
    """The provider, or in words why there is none."""
    key = environment.get("OPENAI_API_KEY", "").strip()
    if not key:
        return NO_KEY
    if find_spec("agents") is None or find_spec("agents.run") is None:
        return NO_SDK
    url = environment.get("OPENAI_BASE_URL", "").strip() or None
    name = model or environment.get("CHATKIT_AGENT_MODEL", "").strip() or MODEL
    if api == "auto":
        # Other providers mostly offer Chat Completions only.
        is_openai = url is None or (urlsplit(url).hostname or "").endswith(".openai.com")
        api = "responses" if is_openai else "chat_completions"
    return Provider(name, api, key, url)


def make_client(provider: Provider) -> AsyncOpenAI:
    from openai import AsyncOpenAI

    return AsyncOpenAI(api_key=provider.key, base_url=provider.url, max_retries=2)


def make_model(provider: Provider, client: AsyncOpenAI) -> Model:
    from agents import OpenAIChatCompletionsModel, OpenAIResponsesModel

    if provider.api == "chat_completions":
        return OpenAIChatCompletionsModel(provider.model, client)
    return OpenAIResponsesModel(provider.model, client)
