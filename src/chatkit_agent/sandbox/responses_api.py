"""OpenAI's Responses API: its requests read as turns, replies written as JSON and as events."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

from chatkit_agent.sandbox.turns import (
    BadRequest,
    Frame,
    Reply,
    Tool,
    ToolResult,
    Turn,
    arguments_text,
    check_pairs,
    check_tools,
    text_of,
    words,
)

Json = dict[str, Any]


def read(body: Json) -> Turn:
    """The turn that a request asks for.

    Raises:
        BadRequest: OpenAI would refuse it.
    """
    items = _items(body.get("input", ""))
    calls = {item["call_id"]: item["name"] for item in items if item["type"] == "function_call"}
    results = [item for item in items if item["type"] == "function_call_output"]
    check_pairs(calls, [item["call_id"] for item in results])
    tools = tuple(Tool.of(tool) for tool in body.get("tools") or () if tool["type"] == "function")
    check_tools(tools)
    asked = max((at for at, item in enumerate(items) if item.get("role") == "user"), default=-1)
    told = [item for item in items if item.get("role") in {"system", "developer"}]
    return Turn(
        message=text_of(items[asked].get("content")) if asked >= 0 else "",
        instructions="\n".join(
            [str(body.get("instructions") or ""), *(text_of(item.get("content")) for item in told)]
        ),
        tools=tools,
        results=tuple(
            ToolResult(calls[item["call_id"]], text_of(item["output"]))
            for item in items[asked + 1 :]
            if item["type"] == "function_call_output"
        ),
        choice=_choice(body.get("tool_choice")),
        is_first=not any(item.get("role") == "assistant" for item in items),
    )


def _items(given: Any) -> list[Json]:
    if isinstance(given, str):
        return [{"type": "message", "role": "user", "content": given}]
    items = [{"type": "message", **item} for item in given]
    ids = [item["id"] for item in items if item.get("id")]
    for one in ids:
        if ids.count(one) > 1:
            raise BadRequest(f"Duplicate item found with id {one}. Remove duplicate items.")
    return items


def _choice(choice: Any) -> str:
    if isinstance(choice, Mapping):
        return str(choice.get("name", "auto"))
    return choice or "auto"


def answer(body: Json, said: Reply) -> Json:
    """The response object of a request that does not stream."""
    return _response(body, [*_last_items(said)], said)


def events(body: Json, said: Reply) -> Iterator[Frame]:
    """The same response, event by event."""
    numbers = iter(range(10**9))

    def frame(kind: str, is_token: bool = False, **fields: Any) -> Frame:
        event = {"type": kind, "sequence_number": next(numbers), **fields}
        return Frame(f"event: {kind}\ndata: {json.dumps(event)}\n\n", is_token)

    items = list(_last_items(said))
    final = _response(body, items, said)
    begun = {**final, "status": "in_progress", "output": [], "usage": None, "completed_at": None}
    yield frame("response.created", response=begun)
    yield frame("response.in_progress", response=begun)
    for index, item in enumerate(items):
        yield frame("response.output_item.added", output_index=index, item=_empty(item))
        for kind, is_token, fields in _inside(item):
            yield frame(kind, is_token, item_id=item["id"], output_index=index, **fields)
        yield frame("response.output_item.done", output_index=index, item=item)
    yield frame("response.completed", response=final)


def _inside(item: Json) -> Iterator[tuple[str, bool, Json]]:
    """What happens between an item's begin and end: (event, whether it is a token, fields)."""
    if item["type"] == "function_call":
        arguments = item["arguments"]
        yield "response.function_call_arguments.delta", True, {"delta": arguments}
        done = {"name": item["name"], "arguments": arguments}
        yield "response.function_call_arguments.done", False, done
        return
    part = item["content"][0]
    text = part["text"]
    yield "response.content_part.added", False, {"content_index": 0, "part": {**part, "text": ""}}
    for word in words(text):
        fields = {"content_index": 0, "delta": word, "logprobs": []}
        yield "response.output_text.delta", True, fields
    fields = {"content_index": 0, "text": text, "logprobs": []}
    yield "response.output_text.done", False, fields
    yield "response.content_part.done", False, {"content_index": 0, "part": part}


def _last_items(said: Reply) -> Iterator[Json]:
    if said.text:
        part = {"type": "output_text", "text": said.text, "annotations": [], "logprobs": []}
        yield {
            "id": f"msg_{uuid4().hex}",
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [part],
        }
    for call in said.calls:
        yield {
            "id": f"fc_{uuid4().hex}",
            "type": "function_call",
            "status": "completed",
            "call_id": f"call_{uuid4().hex}",
            "name": call.name,
            "arguments": arguments_text(call),
        }


def _empty(item: Json) -> Json:
    hollow: Json = {"arguments": ""} if item["type"] == "function_call" else {"content": []}
    return {**item, **hollow, "status": "in_progress"}


def _response(body: Json, items: list[Json], said: Reply) -> Json:
    kept = ("instructions", "max_output_tokens", "metadata", "temperature", "tools", "top_p")
    return {
        **{name: body.get(name) for name in kept},
        "tools": body.get("tools") or [],
        "tool_choice": body.get("tool_choice") or "auto",
        "parallel_tool_calls": body.get("parallel_tool_calls") is not False,
        "id": f"resp_{uuid4().hex}",
        "object": "response",
        "created_at": int(time.time()),
        "completed_at": int(time.time()),
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "model": body.get("model"),
        "output": items,
        "usage": usage(body, said),
    }


def usage(body: Json, said: Reply) -> Json:
    given = len(words(json.dumps(body.get("input"))))
    made = len(words(said.text)) + sum(len(words(arguments_text(call))) for call in said.calls)
    return {
        "input_tokens": given,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": made,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": given + made,
    }
