"""An agent's whole session through the official client, of either major version, as JSON.

usage: converse.py ROOT (stdio COMMAND ARG... | http URL)

With the newer client over stdio, what is applied is checked too.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mcp import ClientSession, StdioServerParameters
from mcp.client import streamable_http
from mcp.client.stdio import stdio_client

VERSION = int(version("mcp").partition(".")[0])
if VERSION == 1:
    from mcp import types
else:
    import mcp_types as types


@asynccontextmanager
async def connected(way: str, *address: str) -> AsyncIterator[tuple[Any, Any]]:
    if way == "stdio":
        command = StdioServerParameters(command=address[0], args=list(address[1:]))
        async with stdio_client(command) as (reading, writing):
            yield reading, writing
    else:
        connect = getattr(streamable_http, "streamable_http_client", None)
        connect = connect or streamable_http.streamablehttp_client
        async with connect(address[0]) as streams:
            yield streams[0], streams[1]


async def main(root: Path, way: str, *address: str) -> dict[str, Any]:
    async def roots(_context: object) -> Any:
        return types.ListRootsResult(roots=[types.Root(uri=root.as_uri())])

    async with (
        connected(way, *address) as streams,
        ClientSession(*streams, list_roots_callback=roots) as session,
    ):
        await session.initialize()
        heard: list[str] = []

        async def hear(_progress: float, _total: float | None, message: str | None) -> None:
            heard.append(message or "")

        async def call(name: str, **arguments: Any) -> dict[str, Any]:
            result = await session.call_tool(name, arguments, progress_callback=hear)
            seen = json.loads(result.model_dump_json(by_alias=True))
            return {
                "failed": seen["isError"],
                "text": seen["content"][0]["text"],
                "document": seen.get("structuredContent"),
            }

        tools = json.loads((await session.list_tools()).model_dump_json(by_alias=True))["tools"]
        resources = (await session.list_resources()).resources
        first = await session.read_resource(resources[0].uri)
        prompts = (await session.list_prompts()).prompts
        asked = await session.get_prompt("mcp", {"path": "api", "details": "Ours is at port 9."})
        planned = await call("plan_integration", path=".")
        return {
            "client": VERSION,
            "tools": tools,
            "resources": [str(each.uri) for each in resources],
            "resource": first.contents[0].text,
            "prompts": [each.description for each in prompts],
            "prompt": asked.messages[0].content.text,
            "inspected": await call("inspect_project", path="."),
            "planned": planned,
            "applied": await call(
                "apply_plan",
                plan_id=planned["document"]["plan_id"],
                check=way == "stdio" and VERSION == 2,
            ),
            "undone": await call("undo_integration", path="."),
            "outside": await call("inspect_project", path="/"),
            "linked": await call("inspect_project", path="way_out"),
            "unplanned": await call("apply_plan", plan_id="0123456789ab"),
            "huge": await call("inspect_project", path="x" * 1_000_000),
            "unknown": await call("inspect_project", path=".", folder="x"),
            "no such tool": await call("inspect"),
            "heard": heard,
        }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(Path(sys.argv[1]), *sys.argv[2:]))))
