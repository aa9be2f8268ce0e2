"""Providers that end an answer as they like, on both APIs: what they send, frame by frame."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from chatkit_agent.sandbox.serving import served

Json = dict[str, Any]
HANG = "hang"
PING = "ping"
BREAK = "break"
DONE = "data: [DONE]\n\n"


def frame(kind: str, **fields: Any) -> str:
    return f"data: {json.dumps({'type': kind, 'sequence_number': 0, **fields})}\n\n"


def response(status: str = "completed", output: list[Json] | None = None, **more: Any) -> Json:
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": "m",
        "output": output or [],
        "status": status,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        **more,
    }


BEGUN = frame("response.created", response=response("in_progress"))


def completed(*output: Json) -> str:
    return frame("response.completed", response=response(output=list(output)))


def failed(code: str | None, message: str = "No.") -> str:
    error = {"code": code, "message": message}
    return frame("response.failed", response=response("failed", error=error))


def incomplete(reason: str) -> str:
    ended = response("incomplete", incomplete_details={"reason": reason})
    return frame("response.incomplete", response=ended)


def item(part: Json | None, status: str = "completed") -> Json:
    content = [part] if part else []
    message = {"id": "msg_1", "type": "message", "role": "assistant"}
    return {**message, "status": status, "content": content}


def text_part(text: str) -> Json:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def half(text: str = "Half of it") -> list[str]:
    """A message that has begun."""
    at = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    return [
        BEGUN,
        frame("response.output_item.added", output_index=0, item=item(None, "in_progress")),
        frame("response.content_part.added", part=text_part(""), **at),
        frame("response.output_text.delta", delta=text, logprobs=[], **at),
    ]


def whole(text: str, status: str = "completed") -> list[str]:
    done = item(text_part(text), status)
    return [*half(text), frame("response.output_item.done", output_index=0, item=done)]


def says(text: str) -> list[str]:
    return [*whole(text), completed(item(text_part(text)))]


def refuses(text: str) -> list[str]:
    at = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    done = item({"type": "refusal", "refusal": text})
    return [
        *half("")[:2],
        frame("response.content_part.added", part={"type": "refusal", "refusal": ""}, **at),
        frame("response.refusal.delta", delta=text, **at),
        frame("response.refusal.done", refusal=text, **at),
        frame("response.output_item.done", output_index=0, item=done),
        completed(done),
    ]


def chunk(delta: Json, finish: str | int | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
    head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return f"data: {json.dumps({**head, 'choices': [choice]})}\n\n"


def chat_says(text: str, finish: str | None = "stop") -> list[str]:
    pieces = [chunk({"role": "assistant", "content": ""}), chunk({"content": text})]
    return [*pieces, *([chunk({}, finish)] if finish else []), DONE]


def chat_calls(
    name: str, arguments: str = "{}", call_id: str = "abcDEF123", **more: Any
) -> list[str]:
    call = {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
    delta = {"role": "assistant", "content": None, "tool_calls": [{"index": 0, **call, **more}]}
    return [chunk(delta), chunk({}, "tool_calls"), DONE]


SIGNED = {"extra_content": {"google": {"thought_signature": "c2lnbmVk"}}}


def unsigned(body: Json) -> str | None:
    """As Gemini 3 refuses: since the last question, the first call of each step is signed."""
    said = body["messages"]
    asked_last = max(n for n, each in enumerate(said) if each["role"] == "user")
    for calls in filter(None, (each.get("tool_calls") for each in said[asked_last:])):
        if not calls[0].get("extra_content"):
            return "Function call is missing a thought_signature in functionCall parts."
    return None


def calls(name: str, arguments: str = "{}", call_id: str = "call_1") -> list[str]:
    call = {"id": "fc_1", "type": "function_call", "call_id": call_id, "name": name}
    done = {**call, "arguments": arguments, "status": "completed"}
    begun = {**done, "arguments": "", "status": "in_progress"}
    return [
        BEGUN,
        frame("response.output_item.added", output_index=0, item=begun),
        frame("response.output_item.done", output_index=0, item=done),
        completed(done),
    ]


class Provider:
    """Answers with each of a script, the last of it again and again.

    A tuple is a refusal: status, body, and headers where it has any.
    """

    def __init__(self, *script: Any, check: Callable[[Json], str | None] | None = None) -> None:
        self.script = list(script)
        self.check = check
        self.bodies: list[Json] = []
        self.queries: list[str] = []

    async def answer(self, request: Request) -> Response:
        body = await request.json()
        self.bodies.append(body)
        self.queries.append(request.url.query)
        if self.check and (problem := self.check(body)):
            return JSONResponse({"error": {"message": problem, "code": None}}, 400)
        said = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(said, tuple):
            return JSONResponse(said[1], said[0], *said[2:])
        return StreamingResponse(_frames(said), media_type="text/event-stream")

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/v1/{rest:path}", self.answer, methods=["POST"])])


async def _frames(said: list[str | bytes]) -> AsyncIterator[str | bytes]:
    for each in said:
        if each == BREAK:
            raise ConnectionResetError  # the server then closes the connection in the middle
        while each in {HANG, PING}:
            await asyncio.sleep(0.1)
            if each == PING:
                yield ": still here\n\n"
        yield each


@contextmanager
def provider(*script: Any, check: Callable[[Json], str | None] | None = None) -> Iterator[Any]:
    """A provider on a server of its own, with its `url`."""
    made: Any = Provider(*script, check=check)
    with served(made.app()) as url:
        made.url = f"{url}/v1"
        yield made
