"""The tools that the tests give the chat: a real MCP server that remembers what it was asked."""

from __future__ import annotations

import asyncio
from typing import Any

from mcp.types import ToolAnnotations
from pydantic import BaseModel
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

try:
    from mcp.server.mcpserver import Context, MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
except ImportError:  # mcp 1, which people may have
    from mcp.server.fastmcp import Context
    from mcp.server.fastmcp import FastMCP as MCPServer
    from mcp.server.fastmcp.exceptions import ToolError

DESTROYS = ToolAnnotations.model_validate({"destructiveHint": True})
ADDS = ToolAnnotations.model_validate({"destructiveHint": False})


class Toolbox:
    """A real MCP server of the user's, whose tools remember what they did and for whom."""

    def __init__(self) -> None:
        self.url = ""
        self.delay = 0.0
        self.done: list[str] = []
        self.begun: list[str] = []
        self.headers: list[str | None] = []
        self.given: list[dict[str, Any]] = []
        self.refuses = b""

    def app(self) -> ASGIApp:
        """Answers 500 to whatever holds the text that it refuses."""
        inner = self.server().streamable_http_app()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and self.refuses:
                message = await receive()
                if self.refuses in message.get("body", b""):
                    await PlainTextResponse("No", 500)(scope, receive, send)
                    return
                messages = [message]

                async def again() -> Message:
                    return messages.pop() if messages else await receive()

                await inner(scope, again, send)
                return
            await inner(scope, receive, send)

        return app

    def server(self) -> MCPServer:
        server = MCPServer("toolbox")

        @server.tool(title="Add a task", annotations=ADDS)
        async def add_task(title: str, context: Context) -> str:
            """Commits at once, and may then take its time to answer."""
            self.headers.append(_header(context))
            self.begun.append(title)
            self.done.append(title)
            await asyncio.sleep(self.delay)
            return f"added {title}"

        @server.tool()
        async def show_token(context: Context) -> str:
            return f"you are {_header(context)}"

        @server.tool(title="Erase a task", annotations=DESTROYS)
        async def erase_task(title: str, context: Context) -> str:
            self.headers.append(_header(context))
            self.begun.append(title)
            await asyncio.sleep(self.delay)
            self.done.append(f"erased {title}")
            return f"erased {title}"

        @server.tool()
        async def explode() -> str:
            raise ToolError("cannot connect to postgresql://app:hunter2@db/tasks, password=hunter2")

        @server.tool()
        async def remove_task(title: str, access_token: str, user_id: str = "") -> str:
            self.given.append({"title": title, "access_token": access_token, "user_id": user_id})
            return f"removed {title}"

        @server.tool()
        async def assign_task(title: str, user_id: str) -> str:
            self.given.append({"title": title, "user_id": user_id})
            return f"assigned {title}"

        @server.tool()
        async def rename_task(params: Rename, options: Options | None = None) -> str:
            self.given.append({"params": params.model_dump(), "options": options})
            return f"renamed {params.title}"

        return server


class Rename(BaseModel):
    title: str
    user_id: str
    access_token: str


class Options(BaseModel):
    loud: bool = False


def _header(context: Context) -> str | None:
    request = context.request_context.request
    return None if request is None else request.headers.get("authorization")
