"""OpenAI's Chat Completions API: requests read as turns, replies written as JSON and as chunks."""

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
PARTS = {"text", "image_url", "input_audio", "file", "refusal"}


def read(body: Json) -> Turn:
    """The turn that a request asks for.

    Raises:
        BadRequest: OpenAI would refuse it.
    """
    messages = body["messages"]
    _check_parts(messages)
    calls = {
        call["id"]: call["function"]["name"]
        for message in messages
        for call in message.get("tool_calls") or ()
    }
    check_pairs(calls, [one["tool_call_id"] for one in messages if one["role"] == "tool"])
    tools = tuple(Tool.of(tool["function"]) for tool in body.get("tools") or ())
    check_tools(tools)
    asked = max((at for at, one in enumerate(messages) if one["role"] == "user"), default=-1)
    told = [one for one in messages if one["role"] in {"system", "developer"}]
    return Turn(
        message=text_of(messages[asked].get("content")) if asked >= 0 else "",
        instructions="\n".join(text_of(one.get("content")) for one in told),
        tools=tools,
        results=tuple(
            ToolResult(calls[one["tool_call_id"]], text_of(one.get("content")))
            for one in messages[asked + 1 :]
            if one["role"] == "tool"
        ),
        choice=_choice(body.get("tool_choice")),
        is_first=not any(
            one["role"] == "assistant" and text_of(one.get("content")) for one in messages
        ),
    )


def _check_parts(messages: list[Json]) -> None:
    for message in messages:
        content = message.get("content")
        for part in content if isinstance(content, list) else ():
            if part["type"] not in PARTS:
                raise BadRequest(f"Invalid value: '{part['type']}'. Supported values are {PARTS}.")


def _choice(choice: Any) -> str:
    if isinstance(choice, Mapping):
        return str(choice.get("function", {}).get("name", "auto"))
    return choice or "auto"


def answer(body: Json, said: Reply) -> Json:
    """The completion object of a request that does not stream."""
    message: Json = {"role": "assistant", "content": said.text or None, "refusal": None}
    if said.calls:
        message["tool_calls"] = _calls(said)
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _reason(said)}
    return {**_head(body, "chat.completion"), "choices": [choice], "usage": usage(body, said)}


def events(body: Json, said: Reply) -> Iterator[Frame]:
    """The same completion, chunk by chunk."""
    head = _head(body, "chat.completion.chunk")
    wants_usage = (body.get("stream_options") or {}).get("include_usage")

    def frame(delta: Json, reason: str | None = None, is_token: bool = False) -> Frame:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return Frame(f"data: {json.dumps({**head, 'choices': [choice]})}\n\n", is_token)

    yield frame({"role": "assistant", "content": "", "refusal": None})
    for word in words(said.text):
        yield frame({"content": word}, is_token=True)
    for index, call in enumerate(_calls(said)):
        yield frame({"tool_calls": [{"index": index, **call}]}, is_token=True)
    yield frame({}, _reason(said))
    if wants_usage:
        last = {**head, "choices": [], "usage": usage(body, said)}
        yield Frame(f"data: {json.dumps(last)}\n\n")
    yield Frame("data: [DONE]\n\n")


def _calls(said: Reply) -> list[Json]:
    return [
        {
            "id": f"call_{uuid4().hex}",
            "type": "function",
            "function": {"name": call.name, "arguments": arguments_text(call)},
        }
        for call in said.calls
    ]


def _reason(said: Reply) -> str:
    return "tool_calls" if said.calls else "stop"


def _head(body: Json, kind: str) -> Json:
    return {
        "id": f"chatcmpl-{uuid4().hex}",
        "object": kind,
        "created": int(time.time()),
        "model": body.get("model"),
    }


def usage(body: Json, said: Reply) -> Json:
    given = len(words(json.dumps(body["messages"])))
    made = len(words(said.text)) + sum(len(words(arguments_text(call))) for call in said.calls)
    return {"prompt_tokens": given, "completion_tokens": made, "total_tokens": given + made}
