"""A connection around the whole turn is found; the manager, and a connection elsewhere, are not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.mcp.chat_works_without_tools import chat_works_without_tools
from tests.checks.rules.conftest import Findings

SERVER = """\
from agents import Runner
from agents.mcp import MCPServerManager, MCPServerStreamableHttp
from chatkit.server import ChatKitServer
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        try:
            async with {opened} as tools:
                {line}
        except {kind}:
            raise
"""
RUN = "yield Runner.run_streamed(agent, 'x')"


@pytest.mark.parametrize(("kind", "never"), [("ConnectionError", True), ("Exception", False)])
def test_found(findings: Findings, kind: str, never: bool) -> None:
    server = SERVER.format(opened="MCPServerStreamableHttp(params=P)", line=RUN, kind=kind)
    (finding,) = findings(chat_works_without_tools, {"app/server.py": server})
    assert finding.where == "app/server.py:7"
    assert ("never matches" in finding.evidence) == never


STEPS = """\
from contextlib import AsyncExitStack
from agents import Runner
from agents.mcp import MCPServerStreamableHttp
from chatkit.server import ChatKitServer
def tools_of(token):
    return MCPServerStreamableHttp(params={{"headers": token}})
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        tools = {made}
        try:
            {opened}
        except {kind}:
            tools = None
        yield Runner.run_streamed(agent, 'x')
"""
CONNECT, ENTER = "await tools.connect()", "await stack.enter_async_context(tools)"
AT_ONCE = "await stack.enter_async_context(tools_of(token))"


@pytest.mark.parametrize("opened", [CONNECT, ENTER, AT_ONCE])
@pytest.mark.parametrize("made", ["MCPServerStreamableHttp(params=P)", "tools_of(token)"])
@pytest.mark.parametrize("kind", ["ConnectionError", "(OSError, asyncio.TimeoutError)"])
def test_what_is_caught_is_never_raised(
    findings: Findings, opened: str, made: str, kind: str
) -> None:
    server = STEPS.format(opened=opened, made=made, kind=kind)
    (finding,) = findings(chat_works_without_tools, {"app/server.py": server})
    assert finding.where == "app/server.py:11"
    assert "never matches" in finding.evidence


@pytest.mark.parametrize("opened", [CONNECT, ENTER, AT_ONCE])
@pytest.mark.parametrize("kind", ["Exception", "(UserError, OSError)"])
def test_quiet_where_it_is_caught(findings: Findings, opened: str, kind: str) -> None:
    server = STEPS.format(opened=opened, made="tools_of(token)", kind=kind)
    assert not findings(chat_works_without_tools, {"app/server.py": server})


MANAGER = """\
from contextlib import asynccontextmanager
from agents.mcp import MCPServerStreamableHttp
@asynccontextmanager
async def tools_of(token):
    {first}:
        async with MCPServerStreamableHttp(params=P) as server:
            yield server
    {last}:
        yield None
"""
USING = """\
from agents import Runner
from chatkit.server import ChatKitServer
from app.tools import tools_of
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        async with tools_of(context) as tools:
            yield Runner.run_streamed(agent, "x")
"""


def test_a_manager_that_opens_it(findings: Findings) -> None:
    tools = MANAGER.format(first="if token", last="else")
    (finding,) = findings(chat_works_without_tools, {"app/server.py": USING, "app/tools.py": tools})
    assert finding.where == "app/tools.py:6"
    tools = MANAGER.format(first="try", last="except Exception")
    assert not findings(chat_works_without_tools, {"app/server.py": USING, "app/tools.py": tools})


def test_a_function_that_makes_the_connection(findings: Findings) -> None:
    server = SERVER.format(opened="tools_of(context)", line=RUN, kind="Exception")
    server += "def tools_of(context):\n    return MCPServerStreamableHttp(params=P)\n"
    (finding,) = findings(chat_works_without_tools, {"app/server.py": server})
    assert finding.where == "app/server.py:7"


@pytest.mark.parametrize(
    ("opened", "line"),
    [
        ("MCPServerManager([MCPServerStreamableHttp(params=P)])", "pass"),
        ("MCPServerStreamableHttp(params=P)", "names = await tools.list_tools(); yield names"),
    ],
)
def test_quiet(findings: Findings, opened: str, line: str) -> None:
    server = SERVER.format(opened=opened, line=line, kind="Exception")
    assert not findings(chat_works_without_tools, {"app/server.py": server})


@pytest.mark.parametrize(
    "opened",
    ["MCPServerManager([MCPServerStreamableHttp(params=P)])", "MCPServerManager([made()])"],
)
def test_quiet_where_a_manager_leaves_out_what_fails(findings: Findings, opened: str) -> None:
    server = SERVER.format(opened=opened, line=RUN, kind="Exception")
    server += "def made():\n    return MCPServerStreamableHttp(params=P)\n"
    assert not findings(chat_works_without_tools, {"app/server.py": server})
