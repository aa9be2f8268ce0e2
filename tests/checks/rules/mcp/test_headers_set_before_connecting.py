"""Headers that are changed on a connection are found, unless it is connected only below."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.mcp.headers_set_before_connecting import (
    headers_set_before_connecting,
)
from tests.checks.rules.conftest import Findings

SERVER = """\
from agents.mcp import MCPServerStreamableHttp
from chatkit.server import ChatKitServer
shared = MCPServerStreamableHttp(params={{"headers": {{}}}})
async def tools(context):
    {first}
    {second}
"""
SET = 'own.params["headers"]["Authorization"] = context.token'
MAKE = "own = MCPServerStreamableHttp(params=P)"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("pass", 'shared.params["headers"]["Authorization"] = context.token'),
        ("pass", 'shared.params["headers"].update(Authorization=context.token)'),
        (f"{MAKE}; await own.connect()", SET),
    ],
)
def test_found(findings: Findings, first: str, second: str) -> None:
    server = SERVER.format(first=first, second=second)
    (finding,) = findings(headers_set_before_connecting, {"app/server.py": server})
    assert finding.where == "app/server.py:6"


@pytest.mark.parametrize(
    ("first", "second"),
    [(f"{MAKE}; {SET}", "await own.connect()"), ("pass", 'request.headers["X"] = 1')],
)
def test_quiet(findings: Findings, first: str, second: str) -> None:
    server = SERVER.format(first=first, second=second)
    assert not findings(headers_set_before_connecting, {"app/server.py": server})


OWN = """\
from agents.mcp import MCPServerStreamableHttp
from chatkit.server import ChatKitServer
class Tools(MCPServerStreamableHttp):
    async def connect(self):
        {first}
        {second}
"""
OWN_SET = 'self.params["headers"]["Authorization"] = self.token'


def test_found_in_a_class_of_its_own(findings: Findings) -> None:
    server = OWN.format(first="await super().connect()", second=OWN_SET)
    (finding,) = findings(headers_set_before_connecting, {"app/server.py": server})
    assert finding.where == "app/server.py:6"


def test_quiet_in_a_class_of_its_own(findings: Findings) -> None:
    server = OWN.format(first=OWN_SET, second="await super().connect()")
    assert not findings(headers_set_before_connecting, {"app/server.py": server})
