"""The SDK's own limit is found, and any limit that is given is fine."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.mcp.tools_given_time import tools_given_time
from tests.checks.rules.conftest import Findings

SERVER = """\
from agents.mcp import MCPServerStdio, MCPServerStreamableHttp
from chatkit.server import ChatKitServer
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        yield {call}
"""


@pytest.mark.parametrize(
    "call",
    ['MCPServerStreamableHttp(params={"url": URL, "timeout": 30})', "MCPServerStdio(PARAMS)"],
)
def test_found(findings: Findings, call: str) -> None:
    (finding,) = findings(tools_given_time, {"app/server.py": SERVER.format(call=call)})
    assert (finding.where, finding.edit) == ("app/server.py:5", "give_tools_time")


@pytest.mark.parametrize(
    "call",
    [
        "MCPServerStreamableHttp(params=PARAMS, client_session_timeout_seconds=60)",
        "MCPServerStreamableHttp(**OPTIONS)",
        "MCPServerOfOurs(params=PARAMS)",
    ],
)
def test_quiet(findings: Findings, call: str) -> None:
    assert not findings(tools_given_time, {"app/server.py": SERVER.format(call=call)})


def test_quiet_in_a_function_that_nobody_calls(findings: Findings) -> None:
    unused = "from agents.mcp import MCPServerStdio\ndef open_it():\n    return MCPServerStdio(P)\n"
    assert not findings(tools_given_time, {"app/old.py": f"{unused}import chatkit\n"})
