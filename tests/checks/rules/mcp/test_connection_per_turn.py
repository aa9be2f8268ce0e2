"""A connection that everybody shares is found, wherever it is made once for all."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.mcp.connection_per_turn import connection_per_turn
from tests.checks.rules.conftest import Findings

SERVER = """\
from functools import lru_cache
from agents.mcp import MCPServerStdio, MCPServerStreamableHttp
from chatkit.server import ChatKitServer
{above}
class Server(ChatKitServer[dict]):
    {mark}def {name}(self, *_):
        self.tools = {made}
        return self.other()
    def other(self): ...
server = Server()
"""
HTTP = "MCPServerStreamableHttp(params=P)"


def server(
    above: str = "", mark: str = "", name: str = "respond", made: str = HTTP
) -> dict[str, str]:
    return {"app/server.py": SERVER.format(above=above, mark=mark, name=name, made=made)}


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (server(above=f"shared = {HTTP}", made="shared"), 4),
        (server(name="__init__"), 7),
        (server(name="__init__", made="MCPServerStdio(P)"), 7),
        (server(above="shared = MCPServerStdio(params=P)", made="shared"), 4),
        (server(mark="@lru_cache\n    ", name="other"), 8),
    ],
)
def test_found(findings: Findings, given: dict[str, str], line: int) -> None:
    (finding,) = findings(connection_per_turn, given)
    assert finding.where == f"app/server.py:{line}"


@pytest.mark.parametrize("given", [server(), server(made="MCPServerStdio(P)")])
def test_quiet(findings: Findings, given: dict[str, str]) -> None:
    assert not findings(connection_per_turn, given)


OWN = """\
from agents.mcp import MCPServerStreamableHttp
from chatkit.server import ChatKitServer
KEPT: dict = {{}}
class Tools(MCPServerStreamableHttp):
    def __init__(self, url):
        super().__init__(params={{"url": url}})
class Server(ChatKitServer[dict]):
    tools: type[Tools] = Tools
    async def respond(self, thread, item, context):
        {line}
        yield server
"""


@pytest.mark.parametrize(
    "line",
    [
        "KEPT[url] = self.tools(url)",
        "server = KEPT.setdefault(url, Tools(url))",
        "server = Tools(url); KEPT[url] = server",
    ],
)
def test_found_where_it_is_kept(findings: Findings, line: str) -> None:
    (finding,) = findings(connection_per_turn, {"app/server.py": OWN.format(line=line)})
    assert finding.where == "app/server.py:10"
    assert "`KEPT`" in finding.evidence


@pytest.mark.parametrize(
    "line",
    [
        "server = self.tools(url)",
        "KEPT[context.user] = Tools(url)",
        "mine = {}; mine[url] = Tools(url)",
    ],
)
def test_quiet_where_it_is_not(findings: Findings, line: str) -> None:
    assert not findings(connection_per_turn, {"app/server.py": OWN.format(line=line)})


OTHER = """\
from agents.mcp import MCPServerStreamableHttp
from chatkit.server import ChatKitServer
def tools():
    return MCPServerStreamableHttp(params=P)
class Holder:
    def __init__(self):
        self.held = {made}
class Server(ChatKitServer[dict]):
    def __init__(self):
        self.held = {first}
    async def respond(self, thread, item, context):
        async with {turn} as held:
            yield held
"""


@pytest.mark.parametrize(
    ("made", "first", "turn", "lines"),
    [
        ("None", "tools()", "self.held", [4]),
        (HTTP, "Holder()", "self.held", [7]),
        ("None", "None", "tools()", []),
        (HTTP, "None", "Holder()", []),
    ],
)
def test_what_makes_it(
    findings: Findings, made: str, first: str, turn: str, lines: list[int]
) -> None:
    text = OTHER.format(made=made, first=first, turn=turn)
    found = findings(connection_per_turn, {"app/server.py": text})
    assert [each.where for each in found] == [f"app/server.py:{line}" for line in lines]


SPELLED = """\
import functools, cachetools
from functools import cache as kept_once
from agents import mcp
from agents.mcp import MCPServerStdio, MCPServerStreamableHttp as Http
from chatkit.server import ChatKitServer
from fastapi import FastAPI
from app.made import CLIENTS, Local, made
app = FastAPI(lifespan=opened)
{above}
class Server(ChatKitServer[dict]):
    def __init__(self):
        self.tools = None
    async def respond(self, thread, item, context):
        {line}
        yield tools
server = Server()
"""
MADE = """\
from agents.mcp import MCPServerStdio, MCPServerStreamableHttp
CLIENTS = {}
class Local(MCPServerStdio): ...
def made(url="u"):
    return MCPServerStreamableHttp(params={"url": url})
"""
IN_HELPER = "async def of(key):\n    CLIENTS[key] = tools = Http(P)\n    return tools"


@pytest.mark.parametrize(
    ("count", "line", "above"),
    [
        (1, "tools = TOOLS", "TOOLS = Http(params=P)"),
        (1, "tools = TOOLS", "TOOLS = made()"),
        (
            1,
            "tools = app.state.tools",
            "async def opened(app):\n    app.state.tools = Http(P)\n    yield",
        ),
        (
            1,
            "tools = 1",
            "@app.on_event('startup')\nasync def first():\n    app.state.tools = Http(P)",
        ),
        (1, "tools = once()", "@kept_once\ndef once():\n    return mcp.MCPServerStreamableHttp(P)"),
        (1, "tools = once()", "@cachetools.cached({})\ndef once():\n    return Http(P)"),
        (1, "if self.tools is None: self.tools = Http(P)\n        tools = self.tools", ""),
        (1, "self.tools = self.tools or Http(P); tools = self.tools", ""),
        (1, "tools = await of('all')", IN_HELPER),
        (1, "user_url = 'x'; CLIENTS[user_url] = tools = Http(P)  # context.user", ""),
        (0, "tools = await of(context['user'])", IN_HELPER),
        (0, "key = hash(context['who']); CLIENTS[key] = tools = Http(P)", ""),
        (
            0,
            "tools = once(context['token'])",
            "@kept_once\ndef once(t):\n    return Http({'t': t})",
        ),
        (0, "tools = made()", ""),
        (1, "tools = LOCAL", "LOCAL = Local(params=P)"),
        (0, "tools = Local(params=P)", ""),
        (0, "tools = fresh()", "@no_cache\ndef fresh():\n    return Http(P)"),
        (0, "tools = Http(P)", "def startup():\n    return 'Http(P)'"),
        (0, "tools = None", "# TOOLS = Http(P)"),
    ],
)
def test_spelled(findings: Findings, count: int, line: str, above: str) -> None:
    text = SPELLED.replace("{line}", line).replace("{above}", above)
    files = {"app/server.py": text, "app/made.py": MADE}
    assert len(findings(connection_per_turn, files)) == count
