"""A connection that everybody shares is found, wherever it is made once for all."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.mcp.connection_per_turn import connection_per_turn

Findings = Callable[..., list[Finding]]
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
        (server(mark="@lru_cache\n    ", name="other"), 8),
    ],
)
def test_found(findings: Findings, given: dict[str, str], line: int) -> None:
    (finding,) = findings(connection_per_turn, given)
    assert finding.where == f"app/server.py:{line}"


@pytest.mark.parametrize("given", [server(), server(name="__init__", made="MCPServerStdio(P)")])
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
