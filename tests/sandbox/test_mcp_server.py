"""The probe MCP server serves real clients, keeps users apart, and records what it received."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import httpx2
import pytest
from agents import Agent, OpenAIResponsesModel, RunConfig, Runner
from agents.mcp import MCPServerStreamableHttp
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from openai import AsyncOpenAI

from chatkit_agent.sandbox.mcp_server import Call, ProbeServer
from chatkit_agent.sandbox.model import OfflineModel


@pytest.fixture
def server() -> Iterator[ProbeServer]:
    with ProbeServer() as server:
        yield server


@asynccontextmanager
async def connected(server: ProbeServer, token: str | None) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        httpx2.AsyncClient(headers=headers) as http,
        Client(streamable_http_client(server.url, http_client=http)) as client,
    ):
        yield client


def call(server: ProbeServer, token: str | None, tool: str, **arguments: Any) -> str:
    result = asyncio.run(_call(server, token, tool, arguments))
    return f"{'error: ' if result.is_error else ''}{result.content[0].text}"


async def _call(server: ProbeServer, token: str | None, tool: str, arguments: Any) -> Any:
    async with connected(server, token) as client:
        return await client.call_tool(tool, arguments)


async def offered(server: ProbeServer, token: str | None) -> dict[str, Any]:
    async with connected(server, token) as client:
        return {tool.name: tool for tool in (await client.list_tools()).tools}


def test_its_tools_are_listed_and_the_destructive_one_is_marked(server: ProbeServer) -> None:
    tools = asyncio.run(offered(server, "alice"))
    assert list(tools) == ["list_tasks", "add_task", "complete_task", "delete_task"]
    destructive = [name for name, tool in tools.items() if tool.annotations.destructive_hint]
    assert destructive == ["delete_task"]
    assert tools["add_task"].input_schema["required"] == ["title"]


def test_tasks_belong_to_the_token(server: ProbeServer) -> None:
    assert call(server, "alice", "add_task", title="milk") == "Added #1 milk"
    assert call(server, "bob", "list_tasks") == "There are no tasks."
    assert call(server, "bob", "delete_task", task_id=1) == "error: There is no task 1."
    assert call(server, "alice", "complete_task", task_id=1) == "Completed #1 milk (done)"
    assert call(server, "alice", "delete_task", task_id=1) == "Deleted #1 milk (done)"
    assert call(server, "alice", "add_task", title="eggs") == "Added #2 eggs"
    assert call(server, "alice", "list_tasks") == "#2 eggs"


def test_calls_and_headers_are_recorded(server: ProbeServer) -> None:
    call(server, "alice", "add_task", title="milk")
    assert server.calls == [Call("add_task", {"title": "milk"}, "Bearer alice")]
    assert {headers["authorization"] for headers in server.headers} == {"Bearer alice"}


def test_wrong_calls_are_errors_and_recorded_too(server: ProbeServer) -> None:
    assert call(server, "alice", "no_such_tool").startswith("error: There is no tool")
    assert call(server, "alice", "add_task", name="x").startswith("error: 1 validation error")
    assert [one.tool for one in server.calls] == ["no_such_tool", "add_task"]
    assert server.tasks == {}


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer stranger", "Basic alice"])
def test_unauthenticated_clients_are_refused(authorization: str) -> None:
    with ProbeServer(tokens={"secret": "alice"}) as server:
        headers = {"Authorization": authorization} if authorization else {}
        answer = httpx.post(server.url, json={}, headers=headers)
        assert answer.status_code == 401
        assert "www-authenticate" in answer.headers
        assert len(server.headers) == 1


def test_named_tokens_lead_to_one_user() -> None:
    with ProbeServer(tokens={"old": "alice", "new": "alice"}) as server:
        call(server, "old", "add_task", title="milk")
        assert call(server, "new", "list_tasks") == "#1 milk"
        assert list(server.tasks) == ["alice"]


def test_credentials_can_be_flat_arguments() -> None:
    with ProbeServer({"secret": "alice"}, credentials="flat") as server:
        schema = asyncio.run(offered(server, None))["add_task"].input_schema
        assert set(schema["required"]) == {"title", "access_token", "user_id"}
        given = {"title": "milk", "access_token": "secret", "user_id": "alice"}
        assert call(server, None, "add_task", **given) == "Added #1 milk"
        assert server.calls == [Call("add_task", given, None)]
        wrong = {**given, "access_token": "guessed"}
        assert call(server, None, "add_task", **wrong).startswith("error: The access token")


def test_credentials_can_be_nested_arguments() -> None:
    with ProbeServer(credentials="nested") as server:
        schema = asyncio.run(offered(server, None))["add_task"].input_schema
        assert schema["properties"]["params"] == {"$ref": "#/$defs/Params"}
        params = {"title": "milk", "access_token": "secret", "user_id": "alice"}
        assert call(server, None, "add_task", params=params) == "Added #1 milk"
        assert list(server.tasks) == ["secret"]


def test_a_slow_tool_has_done_its_work_before_it_answers(server: ProbeServer) -> None:
    server.slow = 0.3
    started = time.monotonic()
    call(server, "alice", "add_task", title="milk")
    assert time.monotonic() - started >= 0.3
    assert len(server.tasks["alice"]) == 1


def test_tools_fail_as_told(server: ProbeServer) -> None:
    server.error = "The disk is full."
    assert call(server, "alice", "list_tasks") == "error: The disk is full."
    server.error = ""
    assert call(server, "alice", "list_tasks") == "There are no tasks."


def test_an_agent_uses_it_with_the_token_of_its_user(server: ProbeServer) -> None:
    async def turn(model: OfflineModel) -> str:
        params: Any = {"url": server.url, "headers": {"Authorization": "Bearer alice"}}
        async with (
            AsyncOpenAI(base_url=model.url, api_key="k") as client,
            MCPServerStreamableHttp(params=params) as tools,
        ):
            agent = Agent("t", model=OpenAIResponsesModel("m", client), mcp_servers=[tools])
            untraced = RunConfig(tracing_disabled=True)
            result = await Runner.run(agent, "add a task: buy milk", run_config=untraced)
            return str(result.final_output)

    with OfflineModel() as model:
        assert "Added #1 buy milk." in asyncio.run(turn(model))
        assert server.calls == [Call("add_task", {"title": "buy milk"}, "Bearer alice")]
        assert all("alice" not in request.text for request in model.requests)


def test_many_run_at_once_and_leave_no_thread() -> None:
    before = threading.active_count()
    with ProbeServer() as one, ProbeServer() as other:
        call(one, "alice", "add_task", title="milk")
        assert call(other, "alice", "list_tasks") == "There are no tasks."
    assert threading.active_count() == before


def test_leaving_does_not_wait_for_a_connected_client() -> None:
    async def stay() -> float:
        server = ProbeServer()
        server.__enter__()
        async with connected(server, "alice") as client:
            await client.list_tools()
            started = time.monotonic()
            await asyncio.to_thread(server.__exit__)
            return time.monotonic() - started

    assert asyncio.run(stay()) < 3
