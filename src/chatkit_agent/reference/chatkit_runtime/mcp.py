"""The user's tools: an MCP connection per turn, as its user, and nothing secret in the results."""

from __future__ import annotations

import asyncio
import logging
import math
import re
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from importlib import import_module
from importlib.metadata import version
from time import time
from typing import Any, TypeVar
from urllib.parse import urlsplit

from agents import RunContextWrapper
from agents.mcp import MCPServerStreamableHttp, create_static_tool_filter
from mcp.types import CallToolResult, TextContent, Tool

from ..chatkit_store import RequestContext
from ..chatkit_store.config import MCP_TOKEN
from ..services.chat_settings import ChatSettings
from .redaction import TOOL_FAILED, redacted, without_secrets

logger = logging.getLogger(__name__)

Server = TypeVar("Server", bound="UserMCPServer")

# A turn may outlive the token that it began with. The answer goes on, what acts for the user not.
LEEWAY = 30
SIGN_IN_AGAIN = "The person's sign-in has expired meanwhile: they have to send the message again."
EXPIRED = {"content": [{"type": "text", "text": f"{TOOL_FAILED} {SIGN_IN_AGAIN}"}], "isError": True}
MCPHTTP: Any = import_module("httpx2" if version("mcp").startswith("2.") else "httpx")


def explain_failure(_: RunContextWrapper[Any], error: Exception) -> str:
    """What the model is told of a call that broke: never the exception, which may hold secrets."""
    missing = re.search(r"missing required parameters: [\w, ]+", str(error))
    if missing:
        return f"{TOOL_FAILED} {missing[0]}."
    return f"{TOOL_FAILED} It may or may not have taken effect: check before you repeat it."


class UserMCPServer(MCPServerStreamableHttp):
    """One connection with the headers of one user, never shared and never used again."""

    def __init__(self, url: str, settings: ChatSettings, context: RequestContext) -> None:
        self.url = url
        self._context = context
        self._settings = settings
        self.titles: dict[str, str] = {}
        self._listed: list[Tool] = []
        self.refusal = ""
        in_header = context.token and MCP_TOKEN in {"auto", "header"}
        super().__init__(
            params={
                "url": url,
                "headers": {"Authorization": f"Bearer {context.token}"} if in_header else {},
                "httpx_client_factory": self._http_client,
            },
            name=urlsplit(url).netloc.rpartition("@")[2],
            tool_filter=create_static_tool_filter(settings.tool_names or None),
            client_session_timeout_seconds=max(
                [settings.mcp_call_seconds, *settings.mcp_tool_seconds.values()]
            ),
            # A call that was sent may have been carried out: sending it again is the user's choice.
            max_retry_attempts=0,
        )

    async def connect(self) -> None:
        await super().connect()  # type: ignore[no-untyped-call]
        # A server that cannot say what it has is as good as away.
        await self.list_tools()

    def _http_client(self, *args: Any, **kwargs: Any) -> Any:
        http = _http_client(*args, **kwargs)
        http.event_hooks = {"response": [self._remember_refusal]}
        return http

    async def _remember_refusal(self, response: Any) -> None:
        """The library may raise an error that does not say the status."""
        if response.status_code >= 300:
            self.refusal = f"HTTP {response.status_code}, "

    def problem(self, error: BaseException) -> str:
        """What kept the connection from being made: a group of tasks says nothing of it."""
        while inside := getattr(error, "exceptions", ()):
            error = inside[0]
        text = without_secrets(f"{type(error).__name__}: {error}", self._context.token)
        return f"{self.refusal}{text}"

    async def list_tools(self, *args: Any, **kwargs: Any) -> list[Tool]:
        # Once for a turn: where the connection breaks in a call, the turn goes on.
        if not self._listed:
            self._listed = await super().list_tools(*args, **kwargs)
        for tool in self._listed:
            self.titles[tool.name] = tool.title or tool.name.replace("_", " ").capitalize()
        return self._listed

    async def call_tool(
        self, tool_name: str, arguments: dict[str, Any] | None, meta: dict[str, Any] | None = None
    ) -> CallToolResult:
        if self._context.claims.get("exp", math.inf) + LEEWAY < time():
            return CallToolResult.model_validate(EXPIRED)
        seconds = self._settings.mcp_tool_seconds.get(tool_name, self._settings.mcp_call_seconds)
        call = super().call_tool(tool_name, arguments, meta)
        return self._cleaned(await asyncio.wait_for(call, seconds))

    def _cleaned(self, result: CallToolResult) -> CallToolResult:
        """A tool may echo the token, or answer with an exception that has a password in it."""
        token = self._context.token
        text = result.model_dump_json(by_alias=True)
        if token and token in text:
            result = CallToolResult.model_validate_json(redacted(text, token))
        if getattr(result, "is_error", False) or getattr(result, "isError", False):
            for part in result.content:
                if isinstance(part, TextContent):
                    part.text = f"{TOOL_FAILED} {without_secrets(part.text, token)}"
        return result


@asynccontextmanager
async def connected(servers: Sequence[Server], seconds: float) -> AsyncIterator[list[Server]]:
    """Those of the servers that answer in time, for one turn, which may be stopped meanwhile."""
    if not servers:
        yield []
        return
    answers = [asyncio.get_running_loop().create_future() for _ in servers]
    tasks = [asyncio.create_task(_stay(*each)) for each in zip(servers, answers, strict=True)]
    try:
        await asyncio.wait(answers, timeout=seconds)
        problems = [answer.result() if answer.done() else "no answer" for answer in answers]
        for server, problem in zip(servers, problems, strict=True):
            if problem:
                logger.warning("the tools of %s cannot be reached: %s", server.name, problem)
        yield [server for server, problem in zip(servers, problems, strict=True) if not problem]
    finally:
        # First they say goodbye to their servers; what takes too long at that is cut.
        for _ in range(2):
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=2)


async def _stay(server: UserMCPServer, answer: asyncio.Future[str]) -> None:
    """The task in which a connection begins and ends, as its library asks for."""
    try:
        await server.connect()
        answer.set_result("")
        await asyncio.Event().wait()
    except Exception as error:
        if not answer.done():
            answer.set_result(server.problem(error))
    finally:
        await server.cleanup()  # type: ignore[no-untyped-call]


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """Building one takes most of a connection's time, so every turn uses the same."""
    context: ssl.SSLContext = MCPHTTP.create_ssl_context()
    return context


def _http_client(
    headers: dict[str, str] | None = None, timeout: Any = None, auth: Any = None
) -> Any:
    return MCPHTTP.AsyncClient(
        headers=headers, timeout=timeout, auth=auth, verify=_tls(), follow_redirects=False
    )


async def answers(url: str) -> bool:
    """Whether somebody is there; what they say to a request without a token does not matter."""
    try:
        async with _http_client(timeout=2) as http:
            await http.head(url)
    except (MCPHTTP.HTTPError, MCPHTTP.InvalidURL):
        return False
    return True
