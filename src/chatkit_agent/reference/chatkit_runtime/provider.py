"""The provider's client: what Chat Completions of other providers ask for, and how they end."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from openai import AsyncStream, BadRequestError, InternalServerError, UnprocessableEntityError
from openai.resources.chat import AsyncChat
from openai.resources.chat.completions import AsyncCompletions
from openai.types.chat import ChatCompletionChunk

from .endings import ENDING, code_of_end
from .message_order import in_order, is_object, short_id, with_ids
from .openai_client import DirectChat, DirectClient, DirectCompletions
from .settings import ConfigurationError
from .silence import LINGER_SECONDS

# How the address of an API ends that a console or an example shows.
ADDRESS = re.compile(r"(?i)(?:(?:/chat)?/completions|/responses|/models)?/*$")
MOST_READ = 5000
# What a provider asks for in the words of its refusal.
WISHES = {
    "new limit": re.compile("max_completion_tokens"),
    "short ids": re.compile(r"(?i)tool.?call.?id.*length of 9"),
    "texts beside calls": re.compile(r"(?i)content.{0,60}(?:valid string|string_type)"),
    "signatures": re.compile("thought_?[sS]ignature"),
}
# Google's own word for a call that its model did not make in this turn, or not itself.
SIGNED = {"google": {"thought_signature": "skip_thought_signature_validator"}}
CERTIFICATES = "the certificates in SSL_CERT_FILE or SSL_CERT_DIR cannot be read ({})"
PROXY = (
    "the proxy in ALL_PROXY, HTTPS_PROXY or HTTP_PROXY cannot be used ({}). "
    "Install `socksio` for a SOCKS proxy of version 5, or set NO_PROXY=* to use none"
)


class ProviderClient(DirectClient):
    """A query in the base URL, such as Azure's api-version, goes with every request.

    What stands there may be the address of one of the two APIs, as consoles show it.
    """

    def __init__(self, *, base_url: Any = None, **options: Any) -> None:
        self.wishes: set[str] = set()
        options.setdefault("max_retries", 0)  # the turn tries again, and says so
        if isinstance(base_url, str):
            parts = urlsplit(base_url)
            query = parse_qs(parts.query, keep_blank_values=True)
            options["default_query"] = {**query, **(options.get("default_query") or {})} or None
            path = ADDRESS.sub("", parts.path)
            base_url = parts._replace(path=path, query="", fragment="").geturl()
        try:
            super().__init__(base_url=base_url, **options)
        except OSError as error:
            raise ConfigurationError(CERTIFICATES.format(type(error).__name__)) from error
        except Exception as error:
            raise ConfigurationError(PROXY.format(type(error).__name__)) from error

    @property
    def qs(self) -> Any:
        """A name that stands twice in the query goes twice, and not as `name[]`."""
        return type(super().qs)(array_format="repeat")

    @cached_property
    def chat(self) -> AsyncChat:
        return ProviderChat(self)


class ProviderChat(DirectChat):
    @cached_property
    def completions(self) -> AsyncCompletions:
        return ProviderCompletions(self._client)


class ProviderCompletions(DirectCompletions):
    """What a provider has refused once, it is not asked again."""

    async def create(self, **asked: Any) -> Any:
        asked["messages"] = in_order(asked["messages"])
        client: Any = self._client
        if asked.get("store") is False and not client.base_url.host.endswith(".openai.com"):
            del asked["store"]  # not every provider knows the word, and none keeps unasked
        while True:
            try:
                answer = await super().create(**_fitted(asked, client.wishes))
            except (BadRequestError, UnprocessableEntityError, InternalServerError) as error:
                said = str(error)[:MOST_READ]
                new = {name for name, words in WISHES.items() if words.search(said)} - client.wishes
                if not new:
                    raise
                client.wishes |= new
            else:
                return Chunks(answer) if isinstance(answer, AsyncStream) else answer


def _fitted(asked: dict[str, Any], wishes: set[str]) -> dict[str, Any]:
    fitted = dict(asked)
    if "short ids" in wishes:
        fitted["messages"] = [with_ids(each, short_id) for each in fitted["messages"]]
    if "texts beside calls" in wishes:
        # A message that only calls tools has null as its text.
        fitted["messages"] = [
            {**each, "content": ""} if each.get("content", "") is None else each
            for each in fitted["messages"]
        ]
    if "signatures" in wishes:
        fitted["messages"] = [_signed(each) for each in fitted["messages"]]
    if "new limit" in wishes and "max_tokens" in fitted:
        fitted["max_completion_tokens"] = fitted.pop("max_tokens")
    return fitted


def _signed(message: dict[str, Any]) -> dict[str, Any]:
    """Of calls at once, the model signs the first."""
    first, *others = message.get("tool_calls") or [None]
    if first is None or "extra_content" in first:
        return message
    return {**message, "tool_calls": [{**first, "extra_content": SIGNED}, *others]}


class Chunks:
    """A stream whose last chunk is noted: the Agents SDK drops why it ended."""

    def __init__(self, stream: AsyncStream[ChatCompletionChunk]) -> None:
        self._stream = stream
        self.response = stream.response
        self._ids: dict[int, str] = {}
        self._places: dict[int, int] = {}
        self._said: dict[int, str] = {}

    async def __aiter__(self) -> AsyncIterator[ChatCompletionChunk]:
        finish: str | None = None
        try:
            while chunk := await _next_of(self._stream, LINGER_SECONDS if finish else None):
                choices = chunk.choices or ()
                finish = next((each.finish_reason for each in choices), None) or finish
                for each in choices:
                    _spell_out(each, is_alone=len(choices) == 1)
                    for call in getattr(each.delta, "tool_calls", None) or ():
                        self._tell_apart(call)
                yield chunk
        except Exception:
            if finish is None:
                raise
        if ending := ENDING.get(None):
            ending.finish = code_of_end(str(finish)) if finish else "broke_off"

    def _tell_apart(self, call: Any) -> None:
        """Some providers give calls no ids, or all of them one id or place; some send one twice."""
        theirs = getattr(call, "index", None) or 0
        at = self._places.get(theirs, theirs)
        name, piece = _piece_of(call)
        call.id = str(call.id or "")
        if name and at in self._ids:
            is_other = call.id not in {"", self._ids[at]}
            if not is_other and piece == self._said[at]:
                call.function.arguments = piece = ""  # the same call once more
            elif is_other or (piece and is_object(self._said[at])):
                at = self._places[theirs] = max(self._ids) + 1
        call.index = at
        if at not in self._ids:
            is_taken = call.id in self._ids.values()
            made = short_id(f"{call.id} {at}") if is_taken else uuid4().hex[:9]
            self._ids[at] = made if is_taken else call.id or made
        call.id = self._ids[at]
        self._said[at] = self._said.get(at, "") + piece

    async def aclose(self) -> None:
        await self._stream.close()


def _piece_of(call: Any) -> tuple[str, str]:
    """The name and the piece of the arguments; some send these as an object."""
    function = call.function
    if function is None:
        return "", ""
    if isinstance(function.arguments, dict):
        function.arguments = json.dumps(function.arguments)
    return function.name or "", function.arguments or ""


async def _next_of(stream: Any, seconds: float | None) -> ChatCompletionChunk | None:
    wait = anext(stream, None)
    chunk: ChatCompletionChunk | None = await (asyncio.wait_for(wait, seconds) if seconds else wait)
    return chunk


def _spell_out(choice: Any, *, is_alone: bool) -> None:
    """Some models that think send parts, of which the texts are the answer."""
    if is_alone:
        choice.index = 0  # some leave it out, or count on
    if isinstance(getattr(choice, "logprobs", None), list):
        choice.logprobs = None
    if choice.delta and choice.delta.content is not None:
        choice.delta.content = _text_of(choice.delta.content)


def _text_of(content: Any) -> str:
    if isinstance(content, list):
        return "".join(map(_text_of, content))
    if isinstance(content, dict):
        return str(content.get("text") or "") if content.get("type", "text") == "text" else ""
    return str(content)
