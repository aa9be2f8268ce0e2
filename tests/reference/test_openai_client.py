"""What a provider gets is the same, byte for byte, as from the client as it is."""

from __future__ import annotations

import importlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any, get_args, get_origin, get_type_hints

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolUnionParam
from openai.types.responses import ResponseInputItemParam, ToolParam
from pydantic import BaseModel
from typing_extensions import Required, is_typeddict

from .conftest import TARGET

pytestmark = pytest.mark.anyio

client_module = importlib.import_module(f"{TARGET}.chatkit_runtime.openai_client")


def instances(kind: Any, depth: int = 0) -> Iterator[Any]:
    """Values of a type of the API: of each alternative one, with everything that it may have."""
    kind = getattr(kind, "__value__", kind)
    if is_typeddict(kind):
        hints = get_type_hints(kind)
        yield {name: next(instances(hint, depth + 1)) for name, hint in hints.items()}
        return
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Required or str(origin).endswith("Annotated"):
        yield from instances(inner[0], depth)
    elif str(origin).endswith("Literal"):
        yield inner[0]
    elif origin in (dict,) or str(origin).endswith("Mapping"):
        yield {"any": {"key_": ["ä \U0001f600 \u2028", 1.5, None]}}
    elif inner and not str(origin).endswith(("Union", "UnionType")):
        yield list(islice(instances(inner[0], depth), 3 if depth < 4 else 1))
    elif inner:
        for each in inner:
            yield from instances(each, depth)
    else:
        yield {str: "a\nb", int: 3, float: 0.5, bool: True}.get(kind, "x")


ITEMS = list(instances(ResponseInputItemParam))
TOOLS = list(instances(ToolParam))
MESSAGES = list(instances(ChatCompletionMessageParam))
FUNCTIONS = list(instances(ChatCompletionToolUnionParam))


class Listener:
    """Keeps what is sent to it, and refuses it."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return
            with peer, peer.makefile("rb") as stream:
                head = list(iter(stream.readline, b"\r\n"))
                length = next(h for h in head if h.lower().startswith(b"content-length:"))
                self.bodies.append(b"".join(head[:1]) + stream.read(int(length.split()[1])))
                peer.sendall(b"HTTP/1.1 400 No\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


async def sent(listener: Listener, kind: type[Any], api: str, **options: Any) -> bytes:
    async with kind(api_key="k", base_url=listener.url, max_retries=0) as client:
        resource: Callable[..., Any] = {
            "responses": client.responses.create,
            "streamed": client.responses.with_streaming_response.create,
            "chat": client.chat.completions.create,
        }[api]
        with suppress(openai.BadRequestError):
            made = resource(model="m", **options)
            await (made.__aenter__() if api == "streamed" else made)
    return listener.bodies.pop()


async def same(listener: Listener, api: str, **options: Any) -> bytes:
    direct = await sent(listener, client_module.DirectClient, api, **options)
    assert direct == await sent(listener, openai.AsyncOpenAI, api, **options)
    return direct


def test_there_are_instances_of_every_kind() -> None:
    assert len(ITEMS) > 20
    assert len(TOOLS) > 10
    assert {each["role"] for each in MESSAGES} >= {"system", "user", "assistant", "tool"}
    assert all(map(client_module.is_json, (ITEMS, TOOLS, MESSAGES, FUNCTIONS)))


@pytest.mark.parametrize("api", ["responses", "streamed"])
async def test_every_item_and_tool_of_responses(listener: Listener, api: str) -> None:
    for item in ITEMS:
        await same(listener, api, input=[item], stream=True, store=False)
    for tool in TOOLS:
        await same(listener, api, input="Hello", tools=[tool], instructions="Be kind", stream=True)
    body = await same(listener, api, input=ITEMS, tools=TOOLS, temperature=0.5)
    assert body.startswith(b"POST /v1/responses HTTP/1.1\r\n{")


async def test_every_message_and_tool_of_chat_completions(listener: Listener) -> None:
    for message in MESSAGES:
        await same(listener, "chat", messages=[message], stream=True)
    await same(listener, "chat", messages=MESSAGES, tools=FUNCTIONS, parallel_tool_calls=False)


class Model(BaseModel):
    text: str = "of a class"


@pytest.mark.parametrize(
    "options",
    [
        {"input": [{"role": "user", "content": Model()}]},
        {"input": ({"role": "user", "content": "in a tuple"},)},
        {"input": [{"role": "user", "content": "x", "id": openai.omit}]},
        {"input": "x", "tools": openai.omit},
        {"input": "x", "extra_body": {"input": "theirs", "more": 1}},
        {"input": [], "tools": [], "extra_body": None, "extra_headers": {"x-a": "b"}},
    ],
)
async def test_what_is_not_in_the_apis_form_goes_the_usual_way(
    listener: Listener, options: dict[str, Any]
) -> None:
    await same(listener, "responses", **options)


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("api.openai.com", True),
        ("eu.api.openai.com", True),
        ("a.example", False),
        ("notopenai.com", False),
    ],
)
async def test_openai_is_told_to_keep_nothing_and_others_are_not_told_its_word(
    listener: Listener, monkeypatch: pytest.MonkeyPatch, host: str, told: bool
) -> None:
    """The Agents SDK has OpenAI keep what is said by Chat Completions, unless it is told."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", listener.url.removesuffix("/v1"))
    provider = importlib.import_module(f"{TARGET}.chatkit_runtime.provider")
    async with provider.ProviderClient(api_key="k", base_url=f"http://{host}/v1") as client:
        with suppress(openai.BadRequestError):
            await client.chat.completions.create(model="m", messages=[], store=False)
    assert (b'"store":false' in listener.bodies.pop()) is told
