"""The user's tools: an MCP connection per turn, as its user, and nothing secret in the results."""

from __future__ import annotations

import asyncio
import json
import math
import re
import ssl
from collections.abc import AsyncIterator, Hashable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from importlib import import_module
from importlib.metadata import version
from time import time
from typing import Any, ClassVar

from agents import ModelBehaviorError, RunContextWrapper
from agents.mcp import MCPServerStreamableHttp, create_static_tool_filter
from chatkit import types as ck
from mcp.types import INVALID_PARAMS, METHOD_NOT_FOUND, CallToolResult, TextContent, Tool

from ..chatkit_store import Caller
from .redaction import TOOL_FAILED, redacted, without_secrets
from .settings import TurnSettings
from .sources import sources_of
from .tool_lists import WellFormedTools
from .tool_names import MOST_TOOLS, offered_names
from .tool_results import fitted_result
from .tool_schemas import fitted_schema, own_names, short
from .tool_servers import ToolServer

# A turn may outlive the token that it began with. The answer goes on, what acts for the user not.
LEEWAY = 30
LONGEST_TITLE = 100
SIGN_IN_AGAIN = "The person's sign-in has expired meanwhile: they have to send the message again."
EXPIRED = {"content": [{"type": "text", "text": f"{TOOL_FAILED} {SIGN_IN_AGAIN}"}], "isError": True}
NO_OBJECT = "It was not called: its arguments have to be one object of JSON."
MCPError: Any = getattr(import_module("mcp"), "MCPError", None) or import_module("mcp").McpError
MCPHTTP: Any = import_module("httpx2" if version("mcp").startswith("2.") else "httpx")


# People's connections have the same tools, of which one copy is enough.
MOST_KEPT = 1000
NOBODY = {404, 410, 421, 500, 502, 503, 504}
NOT_CALLED = {INVALID_PARAMS, METHOD_NOT_FOUND}
REFUSED = {401, 403, 404, 429}
TURNED_AWAY = "It was not called: its server refused it with HTTP {}."
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
PING_HEADERS = {"Accept": "application/json, text/event-stream"}


def explain_failure(_: RunContextWrapper[Any], error: Exception) -> str:
    """What the model is told of a call that broke: never the exception, which may hold secrets."""
    if isinstance(error, ModelBehaviorError):
        return f"{TOOL_FAILED} {NO_OBJECT}"
    missing = re.search(r"missing required parameters: [\w, ]+", str(error))
    if missing:
        return f"{TOOL_FAILED} {missing[0]}."
    return f"{TOOL_FAILED} It may or may not have taken effect: check before you repeat it."


class UserMCPServer(MCPServerStreamableHttp):
    """One connection with the headers of one user, never shared; each turn has it for itself.

    The model knows the tools by the names that `offer` gave them, all else by the server's own.
    """

    token_goes: ClassVar[str] = "header"
    """How the caller's token gets to the tools: `auto`, `header`, `argument` or `prompt`."""
    asks_first: ClassVar[bool] = False
    """Whether a person is asked before a tool that writes runs."""

    def __init__(self, server: ToolServer, settings: TurnSettings, context: Caller) -> None:
        self.server = server
        self.context = context
        self.settings = settings
        self.own_tools: list[Tool] = []
        self.malformed: dict[str, None] = {}
        """Tools that the server lists and nobody can call, each with what is wrong."""
        self._is_changed = False
        self._calls = 0
        self._offered: dict[str, Tool] = {}
        self._told: list[Tool] = []
        self._refused = 0
        """The status of the latest request, where it was none of success."""
        self._is_call_refused = False
        self.sources: list[ck.URLSource | ck.FileSource] = []
        super().__init__(
            params={
                "url": server.url,
                "headers": self.headers(),
                "httpx_client_factory": self._http_client,
            },
            name=server.name or server.host,
            tool_filter=create_static_tool_filter([*settings.mcp_tools] or None),
            client_session_timeout_seconds=max(
                [settings.mcp_call_seconds, *settings.mcp_tool_seconds.values()]
            ),
            message_handler=self._look_for_changes,
            # A call that was sent may have been carried out: sending it again is the user's choice.
            max_retry_attempts=0,
        )

    def headers(self) -> dict[str, str]:
        """What each request to this server carries."""
        in_header = self.token_goes in {"auto", "header"}
        return self.server.headers(self.context, in_header=in_header)

    @asynccontextmanager
    async def create_streams(self) -> AsyncIterator[Any]:
        async with super().create_streams() as (messages, *rest):
            yield (WellFormedTools(messages, self._leave_out), *rest)

    def _leave_out(self, tool: str) -> None:
        self.malformed[tool] = None

    async def connect(self) -> None:
        await super().connect()  # type: ignore[no-untyped-call]
        # A server that cannot say what it has is as good as away. Once for a turn: where the
        # connection breaks in a call, the turn goes on.
        self.own_tools = await self.list_own_tools()
        self.offer({tool.name: tool.name for tool in self.own_tools})

    def offer(self, names: Mapping[str, str]) -> None:
        """Offers the tools of these names, by the names that they are mapped to."""
        tools = {tool.name: tool for tool in self.own_tools}
        offered = {name: tools[own] for own, name in names.items()}
        if offered != self._offered:
            self._offered = offered
            self._told = [_tool_of(name, as_json(tool)) for name, tool in offered.items()]

    def own_name(self, tool_name: str) -> str | None:
        tool = self._offered.get(tool_name)
        return tool.name if tool else None

    def own_arguments(self, tool_name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        tool = self._offered.get(tool_name)
        named: dict[str, Any] = own_names(_schema_of(tool), arguments) if tool else arguments
        return named

    def offered_name(self, own_name: str) -> str | None:
        names = (name for name, tool in self._offered.items() if tool.name == own_name)
        return next(names, None)

    def title(self, own_name: str) -> str:
        tool = next((each for each in self.own_tools if each.name == own_name), None)
        title = (tool and tool.title) or own_name.replace("_", " ").capitalize()
        return "".join(filter(str.isprintable, title))[:LONGEST_TITLE] or "Tool"

    def sent(self, own_name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """What a call with these arguments sends, as it is shown and remembered."""
        return arguments

    async def list_own_tools(self) -> list[Tool]:
        return await super().list_tools()

    async def list_tools(self, *args: Any, **kwargs: Any) -> list[Tool]:
        return self._told

    async def call_tool(
        self, tool_name: str, arguments: dict[str, Any] | None, meta: dict[str, Any] | None = None
    ) -> CallToolResult:
        own = self.own_arguments(tool_name, arguments or {})
        return await self.call_own_tool(self.own_name(tool_name) or tool_name, own)

    async def call_own_tool(self, name: str, arguments: dict[str, Any]) -> CallToolResult:
        if self.server.shows != "user":
            arguments = json.loads(redacted(json.dumps(arguments), self.context.token))
        elif self.expires_at + LEEWAY < time():
            return CallToolResult.model_validate(EXPIRED)
        seconds = self.settings.mcp_tool_seconds.get(name, self.settings.mcp_call_seconds)
        self._calls += 1
        self._refused, self._is_call_refused = 0, False
        try:
            result = await asyncio.wait_for(super().call_tool(name, arguments), seconds)
        except (MCPError, asyncio.TimeoutError) as error:  # mcp 1 waits for one that was refused
            why = self._why_not_called(getattr(error, "error", error))
            if not why:
                raise
            content = [TextContent(type="text", text=why)]
            result = CallToolResult.model_validate({"content": content, "isError": True})
        self._calls -= 1
        result = self._without_secrets(result)
        self.sources += sources_of(result)
        return self._as_told(result)

    def _why_not_called(self, error: Any) -> str:
        """Nothing where that is not certain: of several at once it is not known who was refused."""
        if getattr(error, "code", None) in NOT_CALLED:
            return str(error.message)
        is_alone = self._calls == 1 and self._is_call_refused
        is_refused = is_alone and self._refused in REFUSED
        return TURNED_AWAY.format(self._refused) if is_refused else ""

    @property
    def is_reusable(self) -> bool:
        """Not where a call broke, was cut or refused: its answer might still come."""
        return self._calls == 0 and not self._is_changed and not self._refused

    @property
    def identity(self) -> tuple[Hashable, ...]:
        """Whoever differs in any of this gets another connection."""
        return (self.context.user_id, self.context.token, type(self), self.server)

    def is_of_old_token(self, newer: UserMCPServer) -> bool:
        """The same person's, but with another token than they have now."""
        (user, token, *rest), (same_user, new_token, *same) = self.identity, newer.identity
        return user == same_user and token != new_token and rest == same

    @property
    def expires_at(self) -> float:
        try:  # some write it as a text, and a sign-in of the application's own as it likes
            return float(self.context.claims.get("exp", math.inf))
        except (TypeError, ValueError):
            return math.inf

    def lend_to(self, context: Caller) -> None:
        """A new turn of the same person, with the same token, has it."""
        self.context = context
        self._refused = 0
        self.sources = []

    async def is_alive(self) -> bool:
        """Asks the server, without a call that could act."""
        try:
            await self.session.send_ping()  # type: ignore[union-attr]
        except MCPError as error:
            # It answers, if only that it knows no ping. All else, such as a lost session, is no.
            return bool(getattr(error, "error", error).code == METHOD_NOT_FOUND)
        return self.is_reusable

    async def _look_for_changes(self, message: Any) -> None:
        """A server whose tools have changed is asked for them anew, by the next turn."""
        inner = getattr(message, "root", message)
        if getattr(inner, "method", "") == "notifications/tools/list_changed":
            self._is_changed = True

    def _http_client(self, *args: Any, **kwargs: Any) -> Any:
        http = _http_client(*args, **kwargs)
        http.event_hooks = {"response": [self._remember_refusal]}
        return http

    async def _remember_refusal(self, response: Any) -> None:
        """The library may raise an error that does not say the status."""
        if response.status_code >= 300 and response.request.method == "POST":
            self._refused = response.status_code
            self._is_call_refused = b"tools/call" in response.request.content

    def problem(self, error: BaseException) -> str:
        """What kept the connection from being made: a group of tasks says nothing of it."""
        while inside := getattr(error, "exceptions", ()):
            error = inside[0]
        text = without_secrets(f"{type(error).__name__}: {error}", *self._secrets)
        return f"HTTP {self._refused}, {text}" if self._refused else text

    @property
    def _secrets(self) -> list[str]:
        return self.server.secrets(self.context)

    def _without_secrets(self, result: CallToolResult) -> CallToolResult:
        """A tool may echo the token, or answer with an exception that has a password in it."""
        text = result.model_dump_json(by_alias=True)
        if any(secret in text for secret in self._secrets):
            result = CallToolResult.model_validate_json(redacted(text, *self._secrets))
        return result

    def _as_told(self, result: CallToolResult) -> CallToolResult:
        """The result in a form that the model takes; a failed one begins with saying so."""
        result = fitted_result(result, self.settings.mcp_result_chars)
        if not (getattr(result, "is_error", False) or getattr(result, "isError", False)):
            return result
        told = [_safe(part, self._secrets) for part in result.content]
        if isinstance(told[0], TextContent):
            told[0].text = f"{TOOL_FAILED} {told[0].text}"
        else:
            told.insert(0, TextContent(type="text", text=TOOL_FAILED))
        return result.model_copy(update={"content": told})


def _safe(part: Any, secrets: Sequence[str]) -> Any:
    if not isinstance(part, TextContent):
        return part
    return TextContent(type="text", text=without_secrets(part.text, *secrets))


def offer_together(
    servers: Sequence[UserMCPServer], several: bool, taken: Sequence[str] = ()
) -> list[str]:
    """Gives all tools names that are fit and not alike, nor `taken`; returns those too many."""
    every = {
        (at, tool.name): f"{server.name}__{tool.name}" if several else tool.name
        for at, server in enumerate(servers)
        for tool in server.own_tools
    }
    fit = offered_names([*taken, *every.values()])[len(taken) :]
    names = dict(zip(every, fit, strict=True))
    most = max(0, MOST_TOOLS - len(taken))
    chosen = list(names.items())[:most]
    for at, server in enumerate(servers):
        server.offer({own: name for (owner, own), name in chosen if owner == at})
    return list(names.values())[most:]


def as_json(tool: Tool) -> str:
    return tool.model_dump_json(by_alias=True)


def _schema_of(tool: Tool) -> dict[str, Any]:
    # As mcp 2 and mcp 1 have it.
    return getattr(tool, "input_schema", None) or getattr(tool, "inputSchema", None) or {}


@lru_cache(maxsize=MOST_KEPT)
def _tool_of(name: str, tool_json: str) -> Tool:
    """The tool as it is told to the model."""
    told = json.loads(tool_json)
    text, schema = told.get("description"), fitted_schema(told.get("inputSchema") or {})
    changed = {"name": name, "description": short(text) if text else None, "inputSchema": schema}
    return Tool.model_validate({**told, **changed})


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
    """Whether a server is there: to a request without a token it may say that it takes none."""
    try:
        async with _http_client(timeout=2) as http:
            answer = await http.head(url)
            if answer.status_code in {404, 501}:  # some know no method but the one in use
                answer = await http.post(url, json=PING, headers=PING_HEADERS)
    except (MCPHTTP.HTTPError, MCPHTTP.InvalidURL):
        return False
    # Elsewhere, nobody here, or not under this name; and a proxy says 5xx of whom it cannot reach.
    return not (300 <= answer.status_code < 400 or answer.status_code in NOBODY)
