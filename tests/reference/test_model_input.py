"""Providers that keep nothing, and those that find again nothing of what they said."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chatkit_agent.sandbox.model import ToolCall
from chatkit_agent.sandbox.serving import served

from .conftest import TARGET
from .people import Person
from .test_request_options import two_agents  # noqa: F401


class Forgetful:
    """A reasoning model without a memory: it refuses whatever it is to remember by an id."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    async def answer(self, request: Request) -> Response:
        body = await request.json()
        self.asked.append(body)
        for item in body["input"]:
            is_thought = item.get("type") == "reasoning"
            if (is_thought and not item.get("encrypted_content")) or item.get("id"):
                text = f"Item with id '{item.get('id')}' not found. Items are not persisted."
                return JSONResponse({"error": {"message": text}}, 400)
        done = any(item.get("type") == "function_call_output" for item in body["input"])
        items = [said("Done.")] if done else [thought(body), CALL]
        events = [
            {"type": "response.created", "response": response([])},
            *(
                {"type": f"response.output_item.{kind}", "output_index": at, "item": item}
                for at, item in enumerate(items)
                for kind in ("added", "done")
            ),
            {"type": "response.completed", "response": response(items)},
        ]
        lines = (json.dumps({**event, "sequence_number": n}) for n, event in enumerate(events))
        return Response("".join(f"data: {e}\n\n" for e in lines), media_type="text/event-stream")


CALL = {
    "id": "fc_1",
    "type": "function_call",
    "call_id": "call_1",
    "name": "add_task",
    "arguments": '{"title": "milk"}',
    "status": "completed",
}


def thought(body: dict[str, Any]) -> dict[str, Any]:
    sealed = "gAAA" if "reasoning.encrypted_content" in (body.get("include") or []) else None
    return {"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": sealed}


def said(text: str) -> dict[str, Any]:
    part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    named = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed"}
    return {**named, "content": [part]}


def response(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": "m",
        "output": items,
        "status": "completed",
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    }


@pytest.fixture
def forgetful(toolbox: Any, configured: Callable[..., None]) -> Iterator[Forgetful]:
    model = Forgetful()
    with served(Starlette(routes=[Route("/responses", model.answer, methods=["POST"])])) as url:
        configured(OPENAI_BASE_URL=url)
        yield model


def test_a_provider_that_keeps_nothing_is_given_all_of_it(
    person: Callable[..., Person],
    forgetful: Forgetful,
    toolbox: Any,
    configured: Callable[..., None],
) -> None:
    configured(STORE="false")
    said = person().say("Add milk")
    assert said.text == "Done."
    assert toolbox.done == ["milk"]
    assert [body["store"] for body in forgetful.asked] == [False, False]
    assert all("reasoning.encrypted_content" in body["include"] for body in forgetful.asked)
    (carried,) = [i for i in forgetful.asked[1]["input"] if i.get("type") == "reasoning"]
    assert carried["encrypted_content"] == "gAAA"


def test_without_the_setting_it_is_named(
    person: Callable[..., Person], forgetful: Forgetful
) -> None:
    (error,) = person().say("Add milk").of("error")
    assert "STORE=false" in error["message"]
    assert error["allow_retry"] is False


@pytest.mark.parametrize(
    ("model", "store", "asked"),
    [
        ("gpt-5.6-luna", False, True),
        ("o4-mini", False, True),
        ("gpt-4.1", False, False),
        ("openai/gpt-4o", False, False),
        ("gpt-5.6-luna", None, False),
        ("m", True, False),
    ],
)
def test_only_a_model_that_reasons_is_asked_for_its_reasoning(
    services: ModuleType, model: str, store: bool | None, asked: bool
) -> None:
    model_input = importlib.import_module(f"{TARGET}.chatkit_runtime.model_input")
    assert bool(model_input.includes(model, store)) is asked


def test_chat_completions_are_not_told_a_word_that_not_all_know(
    person: Callable[..., Person], offline_model: Any, configured: Callable[..., None]
) -> None:
    configured(STORE="false", MODEL_API="chat_completions")
    assert person().say("Hello").text
    assert "store" not in offline_model.requests[-1].body


@pytest.mark.parametrize(("titles", "also"), [("message", "Say it."), ("model", "Write a title")])
def test_no_agent_has_anything_kept(
    two_agents: str,  # noqa: F811
    configured: Callable[..., None],
    make_person: Callable[..., Person],
    offline_model: Any,
    titles: str,
    also: str,
) -> None:
    """The one that takes over, and the one that writes the title."""
    configured(STORE="false", TITLES=titles)
    if titles == "message":
        offline_model.script([ToolCall("transfer_to_weather"), "It rains."])
    assert make_person(two_agents).say("Weather in Bern?").text
    assert any(also in one.body["instructions"] for one in offline_model.requests)
    assert {one.body.get("store") for one in offline_model.requests} == {False}
