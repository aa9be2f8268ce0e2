"""What passes to the project's own MCP server is recorded, and a tool can be called by hand."""

from __future__ import annotations

import asyncio

import pytest

from chatkit_agent.development.by_hand import called_tool, offered_tools
from chatkit_agent.development.tap import Tap
from chatkit_agent.sandbox.mcp_server import ProbeServer


def test_calls_pass_and_are_recorded_with_whose_token_came() -> None:
    with ProbeServer() as server, Tap(server.url) as tap:
        said = asyncio.run(called_tool(tap.url, "of-alice", "add_task", {"title": "buy milk"}))
        assert said == {"text": "Added #1 buy milk", "failed": False}
        failed = asyncio.run(called_tool(tap.url, "of-bob", "delete_task", {"task_id": 9}))
        assert failed["failed"]
    first, second = tap.calls
    assert (first.tool, first.arguments, first.result) == (
        "add_task",
        {"title": "buy milk"},
        "Added #1 buy milk",
    )
    assert first.authorization == "Bearer of-alice"
    assert first.ended is not None
    assert (second.failed, second.authorization) == (True, "Bearer of-bob")
    assert [call.authorization for call in server.calls] == ["Bearer of-alice", "Bearer of-bob"]


def test_tools_are_offered_with_what_they_take() -> None:
    with ProbeServer() as server, Tap(server.url) as tap:
        found = {each["name"]: each for each in asyncio.run(offered_tools(tap.url, "t"))}
    assert found["add_task"]["schema"]["required"] == ["title"]
    assert found["delete_task"]["destructive"]
    assert not found["list_tasks"]["destructive"]


def test_a_token_that_is_an_argument_is_filled_in_and_not_asked_for() -> None:
    with ProbeServer(credentials="flat", caller=("access_token",)) as server:
        (offered, *_) = asyncio.run(offered_tools(server.url, "of-alice"))
        assert "access_token" not in str(offered)
        said = asyncio.run(called_tool(server.url, "of-alice", "add_task", {"title": "milk"}))
    assert said["text"] == "Added #1 milk"
    assert server.tasks.keys() == {"of-alice"}


def test_a_server_that_is_away_is_told() -> None:
    with ProbeServer() as server, Tap(server.url) as tap:
        server.close()
        with pytest.raises(OSError, match="MCP server"):
            asyncio.run(offered_tools(tap.url, "t"))
