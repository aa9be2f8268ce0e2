"""A connection in each turn without a factory is told as an info; one with it, or elsewhere, is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.mcp.tls_context_shared import tls_context_shared
from tests.checks.rules.conftest import Findings

SERVER = """\
from agents.mcp import MCPServerStdio, MCPServerStreamableHttp
from chatkit.server import ChatKitServer
class Server(ChatKitServer[dict]):
    async def {method}(self, thread, item, context):
        yield {call}
"""


def test_found(findings: Findings) -> None:
    call = 'MCPServerStreamableHttp(params={"url": URL})'
    server = SERVER.format(method="respond", call=call)
    (finding,) = findings(tls_context_shared, {"app/server.py": server})
    assert (finding.where, finding.severity) == ("app/server.py:5", "info")


@pytest.mark.parametrize(
    ("method", "call"),
    [
        ("respond", 'MCPServerStreamableHttp(params={"httpx_client_factory": make})'),
        ("respond", "MCPServerStdio(params=P)"),
        ("__init__", "MCPServerStreamableHttp(params=P)"),
    ],
)
def test_quiet(findings: Findings, method: str, call: str) -> None:
    server = SERVER.format(method=method, call=call)
    assert not findings(tls_context_shared, {"app/server.py": server})


SPELLED = """\
from agents.mcp import MCPServerStreamableHttp as Http, MCPServerStreamableHttpParams as Params
from chatkit.server import ChatKitServer
BASE = {{"httpx_client_factory": make}}
PLAIN = {{"url": URL}}
def params(token):
    return {{"url": URL, "httpx_client_factory": make}}
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        own = {{"url": URL}}
        {line}
        yield Http({given})
"""


@pytest.mark.parametrize(
    ("line", "given", "is_found"),
    [
        ("pass", "PLAIN", True),
        ("pass", "own", True),
        ("# httpx_client_factory", "params={'url': URL}", True),
        ("pass", "params={**PLAIN, 'timeout': 5}", True),
        ("pass", "{**BASE, 'url': URL}", False),
        ("pass", "PLAIN | BASE", False),
        ("own['httpx_client_factory'] = make", "own", False),
        ("pass", "params=params(context)", False),
        ("pass", "params=unknown(context)", False),
    ],
)
def test_however_it_is_spelled(findings: Findings, line: str, given: str, is_found: bool) -> None:
    server = SPELLED.format(line=line, given=given)
    assert len(findings(tls_context_shared, {"app/server.py": server})) == is_found
