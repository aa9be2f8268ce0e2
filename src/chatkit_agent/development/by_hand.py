"""Tools by hand: what the MCP server offers to a person, and one call of it with their token."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

SECONDS = 30.0
# Names by which tools take the caller as arguments: the model is not asked for them either.
TOKEN_NAMES = ("access_token", "token")
Json = dict[str, Any]


async def offered_tools(url: str, token: str) -> list[Json]:
    """
    Raises:
        OSError: the server does not answer as one, or refuses this person.
    """
    async with _client(url, token) as client:
        found = (await client.list_tools()).tools
        return [
            {
                "name": tool.name,
                "title": tool.title or tool.name,
                "description": tool.description or "",
                "schema": _without_token(tool.input_schema),
                "destructive": bool(tool.annotations and tool.annotations.destructive_hint),
            }
            for tool in found
        ]


async def listed_tools(url: str, token: str) -> list[Json]:
    """As the server says them.

    Raises:
        OSError: the server does not answer as one, or refuses this person.
    """
    async with _client(url, token) as client:
        found = (await client.list_tools()).tools
        return [each.model_dump(mode="json", by_alias=True, exclude_none=True) for each in found]


async def called_tool(url: str, token: str, name: str, arguments: Mapping[str, Any]) -> Json:
    """
    Raises:
        OSError: the server does not answer as one, or refuses this person.
    """
    async with _client(url, token) as client:
        tools = (await client.list_tools()).tools
        schema = next((each.input_schema for each in tools if each.name == name), {})
        own = {each: token for each in TOKEN_NAMES if each in schema.get("properties", {})}
        result = await client.call_tool(name, {**arguments, **own})
        parts = (part.model_dump(mode="json", exclude_none=True) for part in result.content)
        text = "\n".join(str(part.get("text", part)) for part in parts)
        return {"text": text, "failed": bool(result.is_error)}


@asynccontextmanager
async def _client(url: str, token: str) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    failure: Exception | None = None
    try:
        async with (
            httpx2.AsyncClient(timeout=SECONDS, headers=headers) as http,
            Client(streamable_http_client(url, http_client=http)) as client,
        ):
            yield client
    # The client may raise anything on what a server says, in groups as well.
    except Exception as error:
        failure = error
    if failure is not None:
        raise OSError(f"The MCP server did not do it: {_words(failure)}") from failure


def _without_token(schema: Mapping[str, Any]) -> Json:
    properties = {
        name: each for name, each in schema.get("properties", {}).items() if name not in TOKEN_NAMES
    }
    required = [name for name in schema.get("required", ()) if name not in TOKEN_NAMES]
    return {**schema, "properties": properties, "required": required}


def _words(error: BaseException) -> str:
    inner = getattr(error, "exceptions", None)
    return _words(inner[0]) if inner else f"{type(error).__name__}: {error}"
