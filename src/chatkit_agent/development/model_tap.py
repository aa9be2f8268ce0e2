"""A tap before the person's own model: it hands on what passes, and records what was said."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from chatkit_agent.development.handing_on import HandingOn, Record
from chatkit_agent.development.tap import events_in, messages_in
from chatkit_agent.sandbox.model import ModelRequest
from chatkit_agent.sandbox.turns import Reply, ToolCall

OPENAI = "https://api.openai.com/v1"
ASKED = ("/responses", "/chat/completions")
ENDED = {"response.completed", "response.incomplete", "response.failed"}
Json = dict[str, Any]


@dataclass
class ModelTap(HandingOn):
    """`with ModelTap(url) as tap:` serves `tap.url`; `requests` has what was asked and said."""

    requests: list[ModelRequest] = field(default_factory=list, init=False)

    def begin(self, request: Request, body: bytes) -> Record:
        asked = next(messages_in(body), None)
        path = request.url.path
        # Without its headers: they have the person's key.
        record = ModelRequest(request.method, path, {}, body.decode(errors="replace"), asked)
        if asked is not None and path.endswith(ASKED):
            self.requests.append(record)
        return Answer(record)


@dataclass(frozen=True)
class Answer:
    record: ModelRequest

    def receive(self, text: bytes) -> None:
        """It is read when it has ended."""

    def end(self, status: int, text: bytes, *, is_whole: bool) -> None:
        record, said = self.record, text.decode(errors="replace")
        record.ended = time.monotonic()
        record.finished, record.hung_up = is_whole, bool(status) and not is_whole
        if status == 200:
            answers = [*events_in(text), *messages_in(text)]
            record.answered = said
            record.reply, record.usage = _reply(answers), _usage(answers)
        else:
            record.problem = f"{status or ''} {said[:600]}".strip()


def _reply(answers: list[Json]) -> Reply:
    pieces = [*_of_response(answers), *_of_completion(answers)]
    text = "".join(each for each in pieces if isinstance(each, str))
    return Reply(text, tuple(each for each in pieces if isinstance(each, ToolCall)))


def _of_response(answers: list[Json]) -> Iterator[str | ToolCall]:
    for each in answers:
        if each.get("type") == "response.output_item.done":
            yield from _of_item(each.get("item") or {})
        elif each.get("object") == "response":
            for item in each.get("output") or ():
                yield from _of_item(item)


def _of_item(item: Json) -> Iterator[str | ToolCall]:
    if item.get("type") == "function_call":
        yield ToolCall(str(item.get("name")), str(item.get("arguments")))
    for part in item.get("content") or () if item.get("type") == "message" else ():
        yield str(part.get("text") or part.get("refusal") or "")


def _of_completion(answers: list[Json]) -> Iterator[str | ToolCall]:
    calls: dict[Any, list[str]] = {}
    for each in answers:
        for choice in each.get("choices") or ():
            said = choice.get("delta") or choice.get("message") or {}
            yield str(said.get("content") or "")
            for place, call in enumerate(said.get("tool_calls") or ()):
                function = call.get("function") or {}
                name_and_arguments = calls.setdefault(call.get("index", place), ["", ""])
                name_and_arguments[0] += function.get("name") or ""
                name_and_arguments[1] += function.get("arguments") or ""
    yield from (ToolCall(name, arguments) for name, arguments in calls.values())


def _usage(answers: list[Json]) -> Json:
    last: Json = {}
    for each in answers:
        whole = (each.get("response") or {}) if each.get("type") in ENDED else each
        last = whole.get("usage") or last
    return last
