"""What a provider may keep; one that keeps nothing is given all again, and no ids of it."""

from __future__ import annotations

import re
from typing import Any

from agents import ModelSettings, RunConfig
from agents.run import CallModelData, ModelInputData

from .settings import TurnSettings

ENCRYPTED = "reasoning.encrypted_content"
WITHOUT_REASONING = ("gpt-3", "gpt-4", "chatgpt")
NAMED = {"reasoning", "message", "function_call"}
NOT_KEPT = re.compile(r"(?i)\b(?:rs|fc|msg)_\w*'? not found|zero data retention|not persisted")


def includes(model: str, store: bool | None) -> list[str] | None:
    """What the provider is asked to send along, so that it can be given back."""
    reasons = not model.rpartition("/")[2].startswith(WITHOUT_REASONING)
    return [ENCRYPTED] if store is False and reasons else None


def kept_by_provider(api: str, model: str, store: bool | None) -> dict[str, Any]:
    """The settings of a model that say whether its provider keeps the answers."""
    if api != "responses":
        return {"store": store}
    return {"store": store, "response_include": includes(model, store)}


def run_config(settings: TurnSettings) -> RunConfig:
    """What holds for every agent: also for a second one, and for who writes titles."""
    keeps_nothing = settings.store is False
    config = RunConfig(
        tracing_disabled=not settings.tracing,
        trace_include_sensitive_data=False,
        call_model_input_filter=without_ids if keeps_nothing else None,
    )
    if keeps_nothing:  # given at once, it would look up all its types anew: 0.4 ms of a turn
        config.model_settings = ModelSettings(store=False)
    return config


def without_ids(data: CallModelData[Any]) -> ModelInputData:
    items: list[Any] = [_without_id(dict(item)) for item in data.model_data.input]
    return ModelInputData([item for item in items if item], data.model_data.instructions)


def _without_id(item: dict[str, Any]) -> dict[str, Any] | None:
    if item.get("type") == "reasoning" and not item.get("encrypted_content"):
        return None
    if item.get("type", "message") in NAMED:
        item.pop("id", None)
    return item
