"""The probe MCP server: tasks that belong to whoever's token comes, and a record of every call."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Literal

from mcp import types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from pydantic import BaseModel, ValidationError, create_model
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import Self

from chatkit_agent.sandbox.serving import serve_until_interrupted, served

PATH = "/mcp"
Credentials = Literal["header", "flat", "nested"]


class Nothing(BaseModel):
    pass


class NewTask(BaseModel):
    title: str


class TaskNumber(BaseModel):
    task_id: int


@dataclass(frozen=True)
class Offer:
    """One tool, and what to say of it."""

    name: str
    title: str
    description: str
    arguments: type[BaseModel]
    annotations: types.ToolAnnotations


READS = types.ToolAnnotations(read_only_hint=True)
WRITES = types.ToolAnnotations(read_only_hint=False, destructive_hint=False)
DESTROYS = types.ToolAnnotations(read_only_hint=False, destructive_hint=True)
OFFERS = (
    Offer("list_tasks", "List tasks", "List the tasks of the user.", Nothing, READS),
    Offer("add_task", "Add a task", "Add a task for the user.", NewTask, WRITES),
    Offer("complete_task", "Complete a task", "Mark a task as done.", TaskNumber, WRITES),
    Offer("delete_task", "Delete a task", "Delete a task for good.", TaskNumber, DESTROYS),
)


@dataclass
class Task:
    id: int
    title: str
    done: bool = False

    def __str__(self) -> str:
        return f"#{self.id} {self.title}{' (done)' if self.done else ''}"


@dataclass
class Call:
    """One tool call as it came; `authorization` is the whole header, None where there was none.

    `began` and `ended` are read from the monotonic clock.
    """

    tool: str
    arguments: dict[str, Any]
    authorization: str | None
    began: float = field(default_factory=time.monotonic, compare=False)
    ended: float | None = field(default=None, compare=False)
    result: str | None = field(default=None, compare=False)
    failed: bool = field(default=False, compare=False)


@dataclass
class ProbeServer:
    """`with ProbeServer() as server:` serves `server.url`, which ends with `/mcp`.

    `tokens` names the user of each token and refuses others; without it any bearer token is a
    user of its own. Who brings none is `nobody`, or refused. `credentials` says where they are
    read: from the header, or from the arguments named in `caller`, the token's first, flat or
    under one `wrapper`.
    `more` are names of tools that it has besides, and that do nothing.
    `slow` is how many seconds a tool takes after its work is done; `error` makes every tool fail.
    """

    tokens: Mapping[str, str] | None = None
    nobody: str | None = None
    credentials: Credentials = "header"
    caller: tuple[str, ...] = ("access_token", "user_id")
    wrapper: str = "params"
    more: tuple[str, ...] = ()
    slow: float = 0.0
    error: str = ""
    port: int = 0
    url: str = field(default="", init=False)
    calls: list[Call] = field(default_factory=list, init=False)
    headers: list[dict[str, str]] = field(default_factory=list, init=False)
    """Of every HTTP request, with lowercase names."""
    refused: int = field(default=0, init=False)
    """How many of these were refused for want of a token."""
    tasks: dict[str, list[Task]] = field(default_factory=dict, init=False)
    """By user; a user is the token itself where `tokens` are not given."""

    def __post_init__(self) -> None:
        self._running = ExitStack()
        self._numbers = itertools.count(1)

    def __enter__(self) -> Self:
        self.url = self._running.enter_context(served(self.app(), self.port)) + PATH
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Be away from now on."""
        self._running.close()

    def app(self) -> ASGIApp:
        """The server as an ASGI application."""
        server = Server(
            "probe", title="Tasks", on_list_tools=self._list_tools, on_call_tool=self._call_tool
        )
        inner = server.streamable_http_app(streamable_http_path=PATH)

        async def recorded(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                headers = {name.decode(): value.decode() for name, value in scope["headers"]}
                self.headers.append(headers)
                if not self._lets_in(headers):
                    self.refused += 1
                    refusal = {"error": "invalid_token"}
                    challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
                    await JSONResponse(refusal, 401, challenge)(scope, receive, send)
                    return
            await inner(scope, receive, send)

        return recorded

    def _lets_in(self, headers: Mapping[str, str]) -> bool:
        return self.credentials != "header" or self._user(_bearer(headers)) is not None

    def _user(self, token: str | None) -> str | None:
        if not token:
            return self.nobody
        return token if self.tokens is None else self.tokens.get(token)

    async def _list_tools(
        self, context: ServerRequestContext, params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        tools = [
            types.Tool(
                name=offer.name,
                title=offer.title,
                description=offer.description,
                input_schema=self._arguments(offer).model_json_schema(),
                annotations=offer.annotations,
            )
            for offer in (
                *OFFERS,
                *(Offer(name, name, "Do nothing.", Nothing, READS) for name in self.more),
            )
        ]
        return types.ListToolsResult(tools=tools)

    def _arguments(self, offer: Offer) -> type[BaseModel]:
        if self.credentials == "header":
            return offer.arguments
        names: dict[str, Any] = dict.fromkeys(self.caller, (str, ...))
        flat: type[BaseModel] = create_model("Params", __base__=offer.arguments, **names)
        nested: dict[str, Any] = {self.wrapper: (flat, ...)}
        return flat if self.credentials == "flat" else create_model("Arguments", **nested)

    async def _call_tool(
        self, context: ServerRequestContext, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        headers = context.request.headers if context.request else {}
        arguments = params.arguments or {}
        call = Call(params.name, arguments, headers.get("authorization"))
        self.calls.append(call)
        try:
            said = self._do(params.name, arguments, _bearer(headers))
            await asyncio.sleep(self.slow)
        except (LookupError, ValidationError) as error:
            call.result, call.failed = str(error), True
            return _result(str(error), is_error=True)
        finally:
            call.ended = time.monotonic()
        call.result = said
        return _result(said)

    def _do(self, name: str, arguments: dict[str, Any], bearer: str | None) -> str:
        offer = next((offer for offer in OFFERS if offer.name == name), None)
        if offer is None:
            raise LookupError(f"There is no tool `{name}`.")
        if self.error:
            raise LookupError(self.error)
        given: Any = self._arguments(offer).model_validate(arguments)
        if self.credentials == "nested":
            given = getattr(given, self.wrapper)
        token = bearer if self.credentials == "header" else getattr(given, self.caller[0])
        user = self._user(token)
        if user is None:
            raise LookupError("The access token is not known.")
        return self._work(name, self.tasks.setdefault(user, []), given)

    def _work(self, name: str, tasks: list[Task], given: Any) -> str:
        if name == "list_tasks":
            return "\n".join(map(str, tasks)) or "There are no tasks."
        if name == "add_task":
            task = Task(next(self._numbers), given.title)
            tasks.append(task)
            return f"Added {task}"
        task = _find(tasks, given.task_id)
        if name == "delete_task":
            tasks.remove(task)
            return f"Deleted {task}"
        task.done = True
        return f"Completed {task}"


def _find(tasks: list[Task], number: int) -> Task:
    for task in tasks:
        if task.id == number:
            return task
    raise LookupError(f"There is no task {number}.")


def _bearer(headers: Mapping[str, str]) -> str | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _result(text: str, *, is_error: bool = False) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(text=text)], is_error=is_error)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m chatkit_agent.sandbox.mcp_server")
    parser.add_argument("--port", type=int, default=0, help="0 lets the system choose")
    options = parser.parse_args()
    says = f"The probe MCP server listens. Set MCP_SERVER_URL={{url}}{PATH}"
    serve_until_interrupted(ProbeServer().app(), options.port, says)


if __name__ == "__main__":
    main()
