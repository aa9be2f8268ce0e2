"""The model's events, each read by the type that it names.

The client tries each of them against all 50 types: 59 microseconds for one word, and not 2.
"""

from __future__ import annotations

from copy import copy
from typing import Any, get_args

from openai import AsyncStream, BaseModel
from openai.types.chat import ChatCompletionChunk
from openai.types.responses import ResponseStreamEvent
from pydantic import ValidationError

KINDS: dict[str, type[BaseModel]] = {
    name: kind
    for kind in get_args(get_args(ResponseStreamEvent)[0])
    for name in get_args(kind.model_fields["type"].annotation)
}


# Some servers have null for what is empty.
EMPTY: dict[str, Any] = {
    **{name: [] for name in ("annotations", "content", "logprobs", "output", "summary")},
    **dict.fromkeys(("arguments", "delta", "id", "item_id", "refusal", "text"), ""),
}


# They repeat the tools that were sent, of which each is tried against 16 types and kept for as long
# as the answer is open. Nobody reads them there; at the end of the response they come once more.
BEGINNINGS = {"response.created", "response.in_progress"}


MADE = {"output_index": 0, "sequence_number": 0, "logprobs": []}


class NamedEvent:
    """What the client builds an event with where it is given this type."""

    @classmethod
    def build(cls, *, response: object, data: Any) -> BaseModel:
        # What keeps a connection open may have none.
        name = data["type"] = str(data.get("type") or "")
        if isinstance(response := data.get("response"), dict):
            response.setdefault("output", [])
            if name in BEGINNINGS:
                response["tools"] = []
        kind = KINDS.get(name, BaseModel)
        try:
            return kind.model_validate(data)
        except ValidationError:
            return read(kind, _without_nulls(data))


class Chunk:
    @classmethod
    def build(cls, *, response: object, data: Any) -> BaseModel:
        return read(ChatCompletionChunk, data)


def made(name: str, **fields: Any) -> Any:
    """An event of our own, as if the provider had sent it."""
    return KINDS[name].model_validate({"type": name, **MADE, **fields})


QUICK: dict[object, Any] = {
    AsyncStream[ResponseStreamEvent]: AsyncStream[NamedEvent],
    AsyncStream[ChatCompletionChunk]: AsyncStream[Chunk],
}


def _without_nulls(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_nulls(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: copy(EMPTY[name]) if each is None and name in EMPTY else _without_nulls(each)
        for name, each in value.items()
    }


def read(kind: type[BaseModel], data: Any) -> BaseModel:
    try:
        return kind.model_validate(data)
    except ValidationError:  # as the client does: what does not fit stays as it is
        return kind.construct(**data)
