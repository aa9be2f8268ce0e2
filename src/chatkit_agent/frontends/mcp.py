"""The MCP server: the operations as tools for any coding agent, over stdio or streamable HTTP."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import anyio
import anyio.from_thread
import anyio.to_thread
import mcp_types as types
import uvicorn
from mcp.server import Server, ServerRequestContext
from mcp.server.session import ServerSession
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError, NoBackChannelError

from chatkit_agent.errors import BadOption, ChatKitAgentError
from chatkit_agent.frontends.session import Plans, Session
from chatkit_agent.frontends.tools import TOOLS, Tool
from chatkit_agent.plugin.resources import invocations, resources

NAME = "chatkit-agent"
GRACE_SECONDS = 1.0
INSTRUCTIONS = """\
Adds a ChatKit chat (streaming, kept in PostgreSQL, MCP tools called as the signed-in user) to a \
FastAPI application, checks it offline and troubleshoots it. Work in this order: inspect_project, \
plan_integration, show the plan to the person, apply_plan with its plan_id, read the checks. \
Prefer these tools to writing chat code by hand: what they write is tested against the traps of \
this stack. Where a plan has something `manual_steps`, do that, then plan again."""
BY_NAME = {tool.name: tool for tool in TOOLS}
Context = ServerRequestContext[Any]


def build_server(roots: Sequence[Path]) -> Server[Any]:
    """The server. It touches only what lies in `roots`, and in the client's own where it has any;
    with neither, what lies in the folder in which it was started."""
    return Server(
        NAME,
        version=version(NAME),
        title="ChatKit Integration Agent",
        instructions=INSTRUCTIONS,
        on_list_tools=_list_tools,
        on_call_tool=partial(_call_tool, tuple(roots), Plans()),
        on_list_resources=_list_resources,
        on_read_resource=_read_resource,
        on_list_prompts=_list_prompts,
        on_get_prompt=_get_prompt,
    )


def serve_stdio(roots: Sequence[Path]) -> None:
    signal.signal(signal.SIGINT, _interrupt)
    anyio.run(_serve_stdio, build_server(roots))


async def _serve_stdio(server: Server[Any]) -> None:
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


def _interrupt(_number: int, _frame: object) -> None:
    # The thread that reads stdin waits for a line, and would hold the process until one comes.
    last = threading.Timer(GRACE_SECONDS, os._exit, (130,))
    last.daemon = True
    last.start()
    raise KeyboardInterrupt


def serve_http(roots: Sequence[Path], port: int, say: Callable[[str], None]) -> None:
    """Serve at `http://127.0.0.1:PORT/mcp`, for this machine only; 0 takes a port that is free.

    Raises:
        BadOption: somebody else uses that port.
    """
    app = build_server(roots).streamable_http_app()
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(("127.0.0.1", port))
            listening.listen()
        except OSError as problem:
            raise BadOption(
                f"Port {port} cannot be used: {problem.strerror}. Choose another with --port."
            ) from problem
        say(f"MCP server at http://127.0.0.1:{listening.getsockname()[1]}/mcp")
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        server.run(sockets=[listening])


async def _list_tools(
    _: Context, _params: types.PaginatedRequestParams | None
) -> types.ListToolsResult:
    return types.ListToolsResult(tools=[_description(tool) for tool in TOOLS])


def _description(tool: Tool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema(),
        output_schema=tool.output_schema(),
        annotations=types.ToolAnnotations(
            title=tool.title,
            # What runs the project does what the project does.
            read_only_hint=not (tool.writes or tool.runs),
            destructive_hint=tool.writes,
            idempotent_hint=tool.idempotent,
            open_world_hint=bool(tool.runs) or tool.asks_index,
        ),
    )


async def _call_tool(
    roots: tuple[Path, ...], plans: Plans, context: Context, params: types.CallToolRequestParams
) -> types.CallToolResult:
    tool = BY_NAME.get(params.name)
    if tool is None:
        known = ", ".join(BY_NAME)
        return _failure(f"There is no tool {params.name[:64]!r}. There are: {known}.")
    session = Session(await roots_for(context.session, roots), plans)
    said = 0

    def progress(message: str) -> None:
        nonlocal said
        said += 1
        anyio.from_thread.run(context.session.report_progress, said, None, message)

    try:
        work = partial(tool, params.arguments or {}, session, progress)
        document = await anyio.to_thread.run_sync(work)
    except ChatKitAgentError as problem:
        return _failure(str(problem))
    content = document.model_dump(mode="json", by_alias=True)
    text = document.model_dump_json(by_alias=True)
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=text)], structured_content=content
    )


def _failure(message: str) -> types.CallToolResult:
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=message)], is_error=True
    )


async def _list_resources(
    _: Context, _params: types.PaginatedRequestParams | None
) -> types.ListResourcesResult:
    return types.ListResourcesResult(
        resources=[
            types.Resource(
                uri=each.uri, name=each.name, description=each.description, mime_type=each.mime_type
            )
            for each in resources()
        ]
    )


async def _read_resource(
    _: Context, params: types.ReadResourceRequestParams
) -> types.ReadResourceResult:
    uri = str(params.uri)
    known = {each.uri: each for each in resources()}
    if uri not in known:
        raise MCPError(
            types.INVALID_PARAMS, f"There is no resource {uri[:200]!r}. List the resources first."
        )
    text = types.TextResourceContents(
        uri=params.uri, text=known[uri].text, mime_type=known[uri].mime_type
    )
    return types.ReadResourceResult(contents=[text])


async def _list_prompts(
    _: Context, _params: types.PaginatedRequestParams | None
) -> types.ListPromptsResult:
    arguments = [
        types.PromptArgument(name="path", description="Folder of the project; here by default."),
        types.PromptArgument(name="details", description="What else is wanted, in words."),
    ]
    return types.ListPromptsResult(
        prompts=[
            types.Prompt(
                name=each.name, title=each.title, description=each.request, arguments=arguments
            )
            for each in invocations()
        ]
    )


async def _get_prompt(_: Context, params: types.GetPromptRequestParams) -> types.GetPromptResult:
    known = {each.name: each for each in invocations()}
    if params.name not in known:
        raise MCPError(
            types.INVALID_PARAMS,
            f"There is no prompt {params.name[:64]!r}. There are: {', '.join(known)}.",
        )
    given = params.arguments or {}
    text = known[params.name].text(given.get("path", "."), given.get("details", ""))
    message = types.PromptMessage(role="user", content=types.TextContent(type="text", text=text))
    return types.GetPromptResult(description=known[params.name].request, messages=[message])


async def roots_for(session: ServerSession, given: Sequence[Path]) -> tuple[Path, ...]:
    """The folders of one call; without any from either side, the one we were started in."""
    offered = await _roots_of(session)
    if offered is None:
        return tuple(each.resolve() for each in given) or (Path.cwd(),)
    return within(given, offered)


def within(given: Sequence[Path], offered: Sequence[Path]) -> tuple[Path, ...]:
    """What lies in both; where nothing was `given`, what is `offered`."""
    ours = [each.resolve() for each in given]
    theirs = [each.resolve() for each in offered]
    if not ours:
        return tuple(theirs)
    inner = [each for each in theirs if any(each.is_relative_to(root) for root in ours)]
    outer = [each for each in ours if any(each.is_relative_to(root) for root in theirs)]
    return tuple(dict.fromkeys([*inner, *outer]))


async def _roots_of(session: ServerSession) -> list[Path] | None:
    """The client's roots; None where it has no such thing."""
    capabilities = session.client_capabilities
    if capabilities is None or capabilities.roots is None:
        return None
    try:
        listed = await session.send_request(types.ListRootsRequest(), types.ListRootsResult)
    except (MCPError, NoBackChannelError):
        return None
    return [path for root in listed.roots if (path := _path(str(root.uri))) is not None]


def _path(uri: str) -> Path | None:
    parts = urlsplit(uri)
    return Path(unquote(parts.path)) if parts.scheme == "file" and parts.path else None
