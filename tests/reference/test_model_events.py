"""Events that are read by their name are what the client itself makes of them."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from openai import AsyncOpenAI
from openai._models import construct_type
from openai.types.chat import ChatCompletionChunk
from openai.types.responses import ResponseStreamEvent

from chatkit_agent.sandbox import completions_api, responses_api
from chatkit_agent.sandbox.model import OfflineModel, Reply, ToolCall

from .conftest import TARGET

module = importlib.import_module(f"{TARGET}.chatkit_runtime.model_events")
client_module = importlib.import_module(f"{TARGET}.chatkit_runtime.openai_client")
TOOL = {
    "type": "function",
    "name": "find",
    "description": "Find.",
    "parameters": {"type": "object", "properties": {"a": {"type": "string"}}},
    "strict": False,
}
REPLIES = (Reply("Hello there"), Reply("", (ToolCall("find", {"a": "b"}),)))


def events() -> Iterator[dict[str, Any]]:
    body = {"model": "m", "input": "Hi", "tools": [TOOL], "instructions": "Be kind."}
    for reply in REPLIES:
        for frame in responses_api.events(body, reply):
            yield json.loads(frame.text.partition("data: ")[2])


def chunks() -> Iterator[dict[str, Any]]:
    for reply in REPLIES:
        for frame in completions_api.events({"model": "m", "messages": []}, reply):
            if "[DONE]" not in frame.text:
                yield json.loads(frame.text.partition("data: ")[2])


def broken(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The event as a provider might send it that does not keep to the API."""
    yield event
    yield event | {"new_field": [1]}
    for name in event.keys() - {"type"}:
        yield {key: value for key, value in event.items() if key != name}
        yield event | {name: None}
        yield event | {name: {"odd": 1}}


def meant(event: dict[str, Any]) -> dict[str, Any]:
    """Without a null in the place of what is empty."""
    return {k: module.EMPTY.get(k) if each is None else each for k, each in event.items()}


def test_every_event_has_its_type() -> None:
    assert len(module.KINDS) > 40
    assert {each["type"] for each in events()} <= set(module.KINDS)


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_events_are_what_the_client_makes_of_them() -> None:
    for event in (each for whole in events() for each in broken(whole)):
        ours: Any = module.NamedEvent.build(response=None, data=event)
        theirs: Any = construct_type(type_=ResponseStreamEvent, value=meant(event))
        assert (type(ours), ours.model_dump()) == (type(theirs), theirs.model_dump()), event


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_chunks_are_what_the_client_makes_of_them() -> None:
    for chunk in (each for whole in chunks() for each in broken(whole)):
        ours: Any = module.Chunk.build(response=None, data=chunk)
        theirs: Any = construct_type(type_=ChatCompletionChunk, value=chunk)
        assert (type(ours), ours.model_dump()) == (type(theirs), theirs.model_dump()), chunk


def test_only_the_end_of_a_response_repeats_the_tools() -> None:
    found = [module.NamedEvent.build(response=None, data=each) for each in events()]
    tools = {each.type: len(each.response.tools) for each in found if hasattr(each, "response")}
    assert tools == {"response.created": 0, "response.in_progress": 0, "response.completed": 1}


def test_an_event_that_is_not_known_yet_keeps_its_type() -> None:
    event: Any = module.NamedEvent.build(response=None, data={"type": "response.new", "a": 1})
    assert (event.type, event.a) == ("response.new", 1)


@pytest.mark.anyio
async def test_a_stream_is_the_same_event_by_event(offline_model: OfflineModel) -> None:
    asked = {"model": "m", "input": "Hi", "tools": [TOOL], "stream": True}
    found = []
    for kind in (client_module.DirectClient, AsyncOpenAI):
        offline_model.script([REPLIES[0]])
        async with kind(api_key="k", base_url=offline_model.url) as client:
            stream = await client.responses.create(**asked)
            found.append([(type(event), event.type) async for event in stream])
    assert found[0] == found[1]
    assert len(found[0]) > 8
