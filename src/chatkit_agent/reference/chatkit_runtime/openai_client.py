"""The OpenAI client without its walk through inputs and tools: a third of a turn's processor time.

It looks in them, anew for each call, for what has another name or form in the API. What the Agents
SDK hands over is in the API's form, so the same bytes are sent.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

from openai import APIError, AsyncOpenAI
from openai.resources.chat import AsyncChat
from openai.resources.chat.completions import AsyncCompletions
from openai.resources.responses import AsyncResponses

from .model_events import QUICK

# Gateways keep connections open with it.
NO_EVENT = re.compile(r"\s*(?:null|true|false|[-.\d]+|\"[^\"]*\"|\[\s*\])?\s*")
JSON = {str, int, float, bool, type(None)}


class NoStream(APIError):
    """What answered is no model, or refuses with the status of a success."""


async def _check_stream(response: Any) -> None:
    kind, is_whole = response.headers.get("content-type", ""), "content-length" in response.headers
    if kind.startswith("text/html") or (is_whole and kind.startswith("application/json")):
        await response.aread()
        raise NoStream(response.text[:2000], response.request, body=None)


class DirectClient(AsyncOpenAI):
    def _make_sse_decoder(self) -> Any:
        """An event without data is none, by the standard; the SDK would take it for an object."""
        decoder: Any = super()._make_sse_decoder()
        decode = decoder.decode

        def with_data(line: str) -> Any:
            event = decode(line)
            return None if event is None or NO_EVENT.fullmatch(event.data) else event

        decoder.decode = with_data
        return decoder

    async def post(self, path: str, **options: Any) -> Any:
        kind = options.get("stream_cls")
        answer = await super().post(path, **{**options, "stream_cls": QUICK.get(kind, kind)})
        if options.get("stream"):  # a raw response is asked for by the Agents SDK
            await _check_stream(getattr(answer, "http_response", None) or answer.response)
        return answer

    @cached_property
    def responses(self) -> AsyncResponses:
        return DirectResponses(self)

    @cached_property
    def chat(self) -> AsyncChat:
        return DirectChat(self)


class DirectResponses(AsyncResponses):
    async def create(self, **options: Any) -> Any:
        return await super().create(**directly(options, input="", tools=[]))


class DirectChat(AsyncChat):
    @cached_property
    def completions(self) -> AsyncCompletions:
        return DirectCompletions(self._client)


class DirectCompletions(AsyncCompletions):
    async def create(self, **options: Any) -> Any:
        return await super().create(**directly(options, messages=[], tools=[]))


def directly(options: dict[str, Any], **stand_ins: Any) -> dict[str, Any]:
    """The options with these values in the body as they are; a stand-in keeps the place of each."""
    taken = [name for name in stand_ins if name in options and is_json(options[name])]
    body = {name: options[name] for name in taken} | dict(options.get("extra_body") or {})
    return {**options, **{name: stand_ins[name] for name in taken}, "extra_body": body}


def is_json(value: object) -> bool:
    """Whether it is written as it is: nothing is left out of it, read from a file or renamed."""
    rest = [value]
    while rest:
        each = rest.pop()
        if type(each) is dict:
            rest += each.keys()
            rest += each.values()
        elif type(each) is list:
            rest += each
        elif type(each) not in JSON:
            return False
    return True
