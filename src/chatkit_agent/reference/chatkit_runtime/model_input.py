"""What goes back to a provider that keeps nothing: all of it, and no ids of what it once said."""

from __future__ import annotations

import re
from typing import Any

from agents.run import CallModelData, ModelInputData

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
        # Chat Completions keep nothing unless asked to, and not every provider knows the word.
        return {"store": store} if store else {}
    return {"store": store, "response_include": includes(model, store)}


def without_ids(data: CallModelData[Any]) -> ModelInputData:
    items: list[Any] = [_without_id(dict(item)) for item in data.model_data.input]
    return ModelInputData([item for item in items if item], data.model_data.instructions)


def _without_id(item: dict[str, Any]) -> dict[str, Any] | None:
    if item.get("type") == "reasoning" and not item.get("encrypted_content"):
        return None
    if item.get("type", "message") in NAMED:
        item.pop("id", None)
    return item
