"""The model's events, each read by the type that it names.

The client tries each of them against all 50 types: 59 microseconds for one word, and not 2.
"""

from __future__ import annotations

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


class NamedEvent:
    """What the client builds an event with where it is given this type."""

    @classmethod
    def build(cls, *, response: object, data: Any) -> BaseModel:
        return read(KINDS.get(str(data.get("type")), BaseModel), data)


class Chunk:
    @classmethod
    def build(cls, *, response: object, data: Any) -> BaseModel:
        return read(ChatCompletionChunk, data)


QUICK: dict[object, Any] = {
    AsyncStream[ResponseStreamEvent]: AsyncStream[NamedEvent],
    AsyncStream[ChatCompletionChunk]: AsyncStream[Chunk],
}


def read(kind: type[BaseModel], data: Any) -> BaseModel:
    try:
        return kind.model_validate(data)
    except ValidationError:  # as the client does: what does not fit stays as it is
        return kind.construct(**data)
