"""The user's token: on every call of a tool, and in no request, row, log or sentence."""

from __future__ import annotations

import asyncio
import importlib
import json
import socket
import ssl
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from chatkit_agent.sandbox.model import ToolCall
from chatkit_agent.sandbox.serving import served

from .conftest import TARGET


def lending(servers: list[Any], seconds: float) -> Any:
    connections = importlib.import_module(f"{TARGET}.chatkit_runtime.mcp_connections")
    return connections.Connections(0, 1).lend(servers, seconds)


def seen_by_model(offline_model: Any) -> str:
    return "\n".join(request.text for request in offline_model.requests)


def test_a_tool_is_called_as_the_user(
    person: Callable[..., Any], toolbox: Any, offline_model: Any
) -> None:
    alice, bob = person("alice"), person("bob")
    for one in (alice, bob):
        offline_model.script([ToolCall("add_task", {"title": "milk"}), "Done."])
        assert one.say("Add milk").text == "Done."
    assert toolbox.headers == [f"Bearer {alice.token}", f"Bearer {bob.token}"]
    for one in (alice, bob):
        assert one.token not in seen_by_model(offline_model)


def test_a_tool_that_echoes_the_token_tells_nobody(
    person: Callable[..., Any], toolbox: Any, offline_model: Any
) -> None:
    offline_model.script([ToolCall("show_token"), "I see."])
    alice = person()
    said = alice.say("Who am I")
    assert alice.token not in seen_by_model(offline_model)
    assert alice.token not in json.dumps(said.events)
    assert "[hidden]" in seen_by_model(offline_model)


def test_an_exception_of_a_tool_keeps_its_passwords(
    person: Callable[..., Any], toolbox: Any, offline_model: Any
) -> None:
    offline_model.script([ToolCall("explode"), "It failed."])
    said = person().say("Explode")
    assert "hunter2" not in seen_by_model(offline_model)
    assert "The tool failed." in seen_by_model(offline_model)
    workflow = said.of("thread.item.done")[1]["item"]["workflow"]
    assert workflow["tasks"][0]["title"].endswith("(failed)")


def test_a_secret_in_the_arguments_is_not_shown(
    person: Callable[..., Any], toolbox: Any, offline_model: Any
) -> None:
    secret = {"title": "a secret token", "password": "hunter2", "more": {"apiKey": "hunter2"}}
    offline_model.script([ToolCall("add_task", secret), "Done."])
    said = person().say("Add milk")
    (workflow,) = [
        each["item"] for each in said.of("thread.item.added") if "workflow" in each["item"]
    ]
    shown = "title: a secret token, password: [hidden], more: {'apiKey': '[hidden]'}"
    assert workflow["workflow"]["tasks"][0]["content"] == shown
    assert toolbox.done == ["a secret token"]


def test_only_the_named_tools_are_offered(
    person: Callable[..., Any], toolbox: Any, offline_model: Any, configured: Callable[..., None]
) -> None:
    configured(MCP_TOOLS="add_task, show_token")
    person().say("Hello")
    offered = {tool["name"] for tool in offline_model.requests[0].body["tools"]}
    assert offered == {"add_task", "show_token"}


@pytest.mark.parametrize(
    ("limits", "outcome"), [('{"show_token": 9}', "may or may not"), ('{"add_task": 9}', "added")]
)
def test_a_tool_may_have_a_limit_of_its_own(
    person: Callable[..., Any],
    toolbox: Any,
    offline_model: Any,
    configured: Callable[..., None],
    limits: str,
    outcome: str,
) -> None:
    configured(MCP_CALL_SECONDS="1", MCP_TOOL_SECONDS=limits)
    toolbox.delay = 2
    offline_model.script([ToolCall("add_task", {"title": "milk"}), "Done."])
    person().say("Add milk")
    assert outcome in offline_model.requests[-1].text


@pytest.mark.parametrize("written", [int, str])
def test_a_token_that_expires_in_a_turn_does_not_act_any_more(
    person: Callable[..., Any], toolbox: Any, offline_model: Any, written: type[Any]
) -> None:
    toolbox.delay = 6
    calls = [ToolCall("add_task", {"title": title}) for title in ("one", "two")]
    offline_model.script([*calls, "Please ask again."])
    alice = person(exp=written(int(time.time()) - 25))  # within what clocks may differ
    said = alice.say("Add two tasks")
    assert said.text == "Please ask again."
    assert toolbox.done == ["one"]
    assert "sign-in has expired" in offline_model.requests[-1].text
    assert alice.ask("threads.list").status_code == 401


def test_a_connection_builds_no_tls_context_of_its_own(
    person: Callable[..., Any],
    toolbox: Any,
    offline_model: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alice = person()
    thread = alice.say("Hello").thread
    built: list[object] = []
    make = ssl.SSLContext.__new__

    def counted(kind: type[ssl.SSLContext], *args: Any, **kwargs: Any) -> ssl.SSLContext:
        built.append(kind)
        return make(kind, *args, **kwargs)

    monkeypatch.setattr(ssl.SSLContext, "__new__", counted)
    for _ in range(3):
        alice.say("Again", thread)
    assert built == []
    ssl.create_default_context()
    assert len(built) == 1


def test_nobody_waits_for_the_tool_of_somebody_else(
    person: Callable[..., Any], toolbox: Any, offline_model: Any
) -> None:
    toolbox.delay = 4
    people = [person(name) for name in ("alice", "bob", "carol")]
    offline_model.script([ToolCall("add_task", {"title": "x"})] * 3 + ["Done."] * 3)
    began = time.monotonic()
    with ThreadPoolExecutor(3) as pool:
        said = list(pool.map(lambda one: one.say("Add"), people))
    assert time.monotonic() - began < 2 * toolbox.delay
    assert [one.text for one in said] == ["Done."] * 3


def test_several_servers_serve_one_turn(
    person: Callable[..., Any], toolbox: Any, offline_model: Any, configured: Callable[..., None]
) -> None:
    other = type(toolbox)()
    with served(other.app()) as url:
        configured(MCP_SERVER_URL=f"{toolbox.url}, {url}/mcp")
        alice = person()
        thread = alice.say("Hello").thread
        names = [tool["name"] for tool in offline_model.requests[-1].body["tools"]]
        first, second = [name for name in names if name.endswith("add_task")]
        offline_model.script(
            [ToolCall(first, {"title": "a"}), ToolCall(second, {"title": "b"}), "!"]
        )
        said = alice.say("Add two tasks", thread)
    assert (toolbox.done, other.done) == (["a"], ["b"])
    assert other.headers == [f"Bearer {alice.token}"]
    (shown,) = [
        event["item"] for event in said.of("thread.item.done") if "workflow" in event["item"]
    ]
    assert [task["title"] for task in shown["workflow"]["tasks"]] == ["Add a task"] * 2


@pytest.mark.anyio
async def test_a_connection_that_is_of_no_use_is_closed(
    services: ModuleType, delivered: ModuleType, toolbox: Any
) -> None:
    mcp = importlib.import_module(f"{TARGET}.chatkit_runtime.mcp")
    chat_settings = importlib.import_module(f"{TARGET}.services.chat_settings")
    alice = delivered.RequestContext("alice", "a token of alice")
    for refuses, reached in ((b"", 1), (b'"tools/list"', 0)):
        toolbox.refuses = refuses
        (where,) = chat_settings.ChatSettings().tool_servers
        server = mcp.UserMCPServer(where, chat_settings.ChatSettings(), alice)
        async with lending([server], 60) as found:
            assert len(found) == reached
        assert server.session is None


@pytest.mark.anyio
async def test_what_is_told_of_the_same_tools_is_kept_once(
    services: ModuleType, delivered: ModuleType, toolbox: Any
) -> None:
    """Many hundred people may each have a connection, and a server many dozen tools."""
    chat_settings = importlib.import_module(f"{TARGET}.services.chat_settings")
    kind = importlib.import_module(f"{TARGET}.services.chatkit_server").ChatServer.tools
    (where,) = chat_settings.ChatSettings().tool_servers
    told = []
    for name in ("alice", "bob"):
        caller = delivered.RequestContext(name, f"a token of {name}")
        async with lending([kind(where, chat_settings.ChatSettings(), caller)], 60) as (server,):
            told.append(await server.list_tools())
            assert await server.list_tools() == told[-1]
    assert told[0]
    assert all(one is other for one, other in zip(*told, strict=True))


@pytest.mark.anyio
async def test_a_turn_that_is_stopped_does_not_wait_for_its_tools(
    services: ModuleType, delivered: ModuleType
) -> None:
    mcp = importlib.import_module(f"{TARGET}.chatkit_runtime.mcp")
    chat_settings = importlib.import_module(f"{TARGET}.services.chat_settings")

    async def turn(url: str) -> None:
        alice = delivered.RequestContext("alice", "a token of alice")
        where = importlib.import_module(f"{TARGET}.chatkit_runtime.tool_servers").ToolServer(
            url=url, trust="own"
        )
        server = mcp.UserMCPServer(where, chat_settings.ChatSettings(), alice)
        async with lending([server], 600):
            pytest.fail("nobody answered")

    before = asyncio.all_tasks()
    with socket.socket() as tarpit:
        tarpit.bind(("127.0.0.1", 0))
        tarpit.listen()
        tarpit.setblocking(False)
        task = asyncio.create_task(turn(f"http://127.0.0.1:{tarpit.getsockname()[1]}/mcp"))
        caller, _ = await asyncio.get_running_loop().sock_accept(tarpit)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert asyncio.all_tasks() == before
        caller.close()


@pytest.mark.anyio
@pytest.mark.parametrize("status", [401, 404, 503])
async def test_a_refusal_is_logged_with_its_status_and_without_the_token(
    services: ModuleType, delivered: ModuleType, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    mcp = importlib.import_module(f"{TARGET}.chatkit_runtime.mcp")
    chat_settings = importlib.import_module(f"{TARGET}.services.chat_settings")
    alice = delivered.RequestContext("alice", "a-token-of-alice")
    refusing = Route("/mcp", lambda _: Response("no a-token-of-alice", status), methods=["POST"])
    with served(Starlette(routes=[refusing]), 0) as url:
        where = importlib.import_module(f"{TARGET}.chatkit_runtime.tool_servers").ToolServer(
            url=f"{url}/mcp", trust="own"
        )
        server = mcp.UserMCPServer(where, chat_settings.ChatSettings(), alice)
        async with lending([server], 60) as found:
            assert found == []
    connections = f"{TARGET}.chatkit_runtime.mcp_connections"
    (record,) = (each for each in caplog.records if each.name == connections)
    assert f"cannot be reached: HTTP {status}, " in record.getMessage()
    assert "TaskGroup" not in record.getMessage()
    assert "a-token-of-alice" not in record.getMessage()
