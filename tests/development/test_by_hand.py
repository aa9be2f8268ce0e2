"""The tools that a person is shown, and a call of one with their own token."""

from __future__ import annotations

import asyncio

import pytest
from starlette.applications import Starlette

from chatkit_agent.development.by_hand import called_tool, listed_tools, offered_tools
from chatkit_agent.sandbox.mcp_server import ProbeServer
from chatkit_agent.sandbox.serving import served


def test_what_is_offered() -> None:
    with ProbeServer() as server:
        offered = asyncio.run(offered_tools(server.url, "of-alice"))
        listed = asyncio.run(listed_tools(server.url, "of-alice"))
    tools = {each["name"]: each for each in offered}
    assert [each["name"] for each in listed] == list(tools)
    assert tools["add_task"]["title"] == "Add a task"
    assert tools["add_task"]["schema"]["required"] == ["title"]
    assert [name for name, each in tools.items() if each["destructive"]] == ["delete_task"]


def test_nobody_is_asked_for_the_token_that_a_tool_takes() -> None:
    with ProbeServer(credentials="flat", caller=("access_token",)) as server:
        offered = asyncio.run(offered_tools(server.url, "of-alice"))
        said = asyncio.run(called_tool(server.url, "of-alice", "add_task", {"title": "milk"}))
        [listed, *_] = asyncio.run(listed_tools(server.url, "of-alice"))
    for each in offered:
        assert "access_token" not in each["schema"]["properties"]
        assert "access_token" not in each["schema"]["required"]
    assert "access_token" in listed["inputSchema"]["properties"]
    assert (said["failed"], "milk" in said["text"]) == (False, True)
    [call] = server.calls
    assert call.arguments["access_token"] == "of-alice"


@pytest.mark.parametrize("name", ["delete_task", "no_such_tool"])
def test_a_call_that_fails_says_why(name: str) -> None:
    with ProbeServer() as server:
        said = asyncio.run(called_tool(server.url, "of-alice", name, {"task_id": 9}))
    assert said["failed"]
    assert said["text"]


def test_who_has_no_token_is_refused() -> None:
    with ProbeServer() as server, pytest.raises(OSError, match="did not do it"):
        asyncio.run(offered_tools(server.url, ""))


def test_where_nobody_signs_in_there_is_no_token() -> None:
    with ProbeServer(nobody="everybody") as probe:
        asyncio.run(called_tool(probe.url, "", "add_task", {"title": "milk"}))
        assert asyncio.run(offered_tools(probe.url, ""))
        assert [task.title for task in probe.tasks["everybody"]] == ["milk"]


def test_what_is_no_mcp_server() -> None:
    with served(Starlette()) as url, pytest.raises(OSError, match=r"did not do it: [A-Z]\w+: "):
        asyncio.run(listed_tools(f"{url}/mcp", "of-alice"))
