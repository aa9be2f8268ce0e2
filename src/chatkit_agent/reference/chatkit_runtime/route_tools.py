"""Routes of the application as tools: called in its process, as the person who asks."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from time import time
from typing import Any, ClassVar

from mcp.types import CallToolResult, Tool
from starlette.requests import Request

from .mcp import EXPIRED, LEEWAY, UserMCPServer
from .redaction import without_secrets
from .route_call import Answer, call, filled, scope_like, written
from .route_catalog import READING, Operation, chosen, leads_to
from .tool_servers import ToolServer
from .turn import TurnServer

APPLICATION = ToolServer(url="http://application", name="app", trust="own", credential="none")
LONGEST_ANSWER = 20_000
PAGING = re.compile(
    r"(?i)^(limit|offset|skip|page|cursor|after|before|top|size|per_?page|page_.*)$"
)
SECRET_HEADER = re.compile(r"(?i)auth|token|secret|key|csrf|session")
REFUSALS = {
    401: "The person is not signed in for this, or their sign-in has expired.",
    403: "This person is not allowed to do this.",
    404: "There is no such thing, or this person may not see it.",
    405: "The application does not take this.",
    409: "It does not fit what is there now.",
    422: "The arguments are not what the application takes.",
    429: "The application was asked too often: wait.",
}
FAILED = "The application failed."
UNSURE = "It may or may not have taken effect: check before you repeat it."
REDIRECTED = "The application points elsewhere, which is not followed."


class RouteTools(UserMCPServer):
    """The application in the place of a server; for servers there are, nothing changes."""

    routes: ClassVar[tuple[str, ...]] = (READING,)
    """Those that are tools, such as `GET /tasks`; `GET` alone for all that read."""
    request: Request
    """The person's own, to the chat: what signs them in goes along."""
    operations: dict[str, Operation]

    @property
    def is_application(self) -> bool:
        return self.server == APPLICATION

    async def connect(self) -> None:
        if not self.is_application:
            return await super().connect()
        self.own_tools = await self.list_own_tools()
        self.offer({tool.name: tool.name for tool in self.own_tools})
        return None

    async def list_own_tools(self) -> list[Tool]:
        if not self.is_application:
            return await super().list_own_tools()
        return [_tool(each, self._given) for each in self.operations.values()]

    def sent(self, own_name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        return arguments if self.is_application else super().sent(own_name, arguments)

    async def call_own_tool(self, name: str, arguments: dict[str, Any]) -> CallToolResult:
        if not self.is_application:
            return await super().call_own_tool(name, arguments)
        if self.expires_at + LEEWAY < time():
            return CallToolResult.model_validate(EXPIRED)
        seconds = self.settings.mcp_tool_seconds.get(name, self.settings.mcp_call_seconds)
        text, is_error = await asyncio.wait_for(
            self._call(self.operations[name], arguments), seconds
        )
        content = [{"type": "text", "text": text}]
        result = {"content": content, "isError": is_error}
        return self._as_told(self._without_secrets(CallToolResult.model_validate(result)))

    @property
    def is_reusable(self) -> bool:
        return not self.is_application and super().is_reusable

    @property
    def _given(self) -> dict[str, Any]:
        """What an address has to have because the chat's own has it, such as a tenant's name."""
        return {**self.request.query_params, **self.request.path_params}

    @property
    def _secrets(self) -> list[str]:
        return [*super()._secrets, *(_credentials_of(self.request) if self.is_application else ())]

    async def _call(self, operation: Operation, arguments: dict[str, Any]) -> tuple[str, bool]:
        given = {**arguments, **self._given}
        values = {n: v for n, v in given.items() if n in operation.parameters and v is not None}
        body = values.pop("body", None) if "body" not in operation.in_query else None
        query = [(name, _in_query(values[name])) for name in values if name in operation.in_query]
        query += [(n, v) for n, v in self.request.query_params.items() if n not in values]
        places = {name: each for name, each in values.items() if name not in operation.in_query}
        try:
            path = filled(operation.path, places)
        except ValueError as error:
            return f"Not called: {error}.", True
        if leads_to(self.request.app, operation.method, path) is not operation.endpoint:
            return f"Not called: this is not one of {operation.title}.", True
        scope = scope_like(self.request, operation.method, path, query, body is not None)
        return said(await call(self.request, scope, body), operation)


class ApplicationRoutes(TurnServer):
    """A chat whose tools are routes of the application that it is in."""

    def make_tools(self) -> list[UserMCPServer]:
        return [*super().make_tools(), *self._application()]

    def _application(self) -> Iterator[UserMCPServer]:
        assert issubclass(self.tools, RouteTools)
        tools = self.tools(APPLICATION, self.settings, self.context)
        app, wanted = self.request.app, tools.routes
        try:
            found = chosen(app, wanted, tools.asks_first, self.tell)
        except Exception as error:  # the document is made of all their models: one may not be fit
            self.tell(
                f"the application's routes: its OpenAPI document fails, {type(error).__name__}"
            )
            return
        tools.request, tools.operations = self.request, {each.name: each for each in found}
        yield tools


def said(answer: Answer, operation: Operation) -> tuple[str, bool]:
    """An answer in words for the model, and whether it is a failure."""
    if answer.status >= 500:
        return (FAILED if operation.is_reading else f"{FAILED} {UNSURE}"), True
    if 300 <= answer.status < 400:
        return REDIRECTED, True
    if answer.status >= 400:
        why = REFUSALS.get(answer.status, f"The application refused this ({answer.status}).")
        detail = _detail(answer)
        return f"{why} It says: {detail}" if detail else why, True
    return _content(answer, operation), False


def _content(answer: Answer, operation: Operation) -> str:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip()
    is_file = "attachment" in answer.headers.get("content-disposition", "")
    if not answer.body:
        return f"Done ({answer.status})."
    if is_file or not re.match(r"application/(.+\+)?json$|text/(?!html)", kind):
        return f"The answer is a file ({kind or 'of no type'}), which cannot be read here."
    text = answer.body.decode("utf-8", "replace")
    if len(text) <= LONGEST_ANSWER and not answer.is_cut:
        return text
    pages = ", ".join(f"`{name}`" for name in operation.in_query if PAGING.match(name))
    how = f"Ask for less of it, with {pages}" if pages else "Ask for one thing at a time"
    size = f"{'more than ' if answer.is_cut else ''}{len(text)}"
    return f"{text[:LONGEST_ANSWER]}\n[Cut: the answer has {size} characters. {how}.]"


def _detail(answer: Answer) -> str:
    """What the application says to its clients of what is wrong, without what they sent."""
    try:
        found = json.loads(answer.body)
    except ValueError:
        return ""
    if isinstance(found, dict):
        found = next((found[n] for n in ("detail", "message", "error") if n in found), "")
    if isinstance(found, list):
        found = "; ".join(_place(each) for each in found if isinstance(each, dict))
    return without_secrets(found) if isinstance(found, str) else ""


def _place(problem: dict[str, Any]) -> str:
    place = ".".join(str(each) for each in problem.get("loc", ()) if each not in {"query", "path"})
    return f"{place}: {problem.get('msg', 'wrong')}"


def _in_query(value: Any) -> Any:
    return [written(each) for each in value] if isinstance(value, list) else written(value)


def _credentials_of(request: Request) -> list[str]:
    """The credentials of a request, which nobody may read in an answer."""
    headers = [value for name, value in request.headers.items() if SECRET_HEADER.search(name)]
    return [*request.cookies.values(), *headers, *(each.rpartition(" ")[2] for each in headers)]


def _tool(operation: Operation, given: dict[str, Any]) -> Tool:
    marks = {"readOnlyHint": operation.is_reading, "destructiveHint": not operation.is_reading}
    return Tool.model_validate(
        {
            "name": operation.name,
            "title": operation.title,
            "description": operation.description,
            "inputSchema": operation.schema(given),
            "annotations": marks,
        }
    )
