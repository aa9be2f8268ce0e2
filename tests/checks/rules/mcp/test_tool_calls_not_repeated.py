"""More attempts than one are found, however they are written; none, or the default, is fine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.rules.mcp.tool_calls_not_repeated import tool_calls_not_repeated
from chatkit_agent.evidence.static import Evidence

SERVER = """\
import agents.mcp
from agents.mcp import MCPServerStreamableHttp as Connection
from chatkit.server import ChatKitServer
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        async with {call} as tools:
            yield tools
"""


@pytest.mark.parametrize(
    "call",
    [
        'Connection(params={"url": URL}, max_retry_attempts=3)',
        'agents.mcp.MCPServerSse({"url": URL}, max_retry_attempts=-1)',
    ],
)
def test_found(observed: Callable[..., Evidence], call: str) -> None:
    (finding,) = tool_calls_not_repeated.over(observed({"app/server.py": SERVER.format(call=call)}))
    assert finding.where == "app/server.py:6"
    assert finding.edit == "stop_retrying_tools"


@pytest.mark.parametrize(
    "call",
    [
        'Connection(params={"url": URL}, max_retry_attempts=0)',
        'Connection(params={"url": URL})',
        'OurConnection(params={"url": URL}, max_retry_attempts=3)',
    ],
)
def test_quiet(observed: Callable[..., Evidence], call: str) -> None:
    assert not list(
        tool_calls_not_repeated.over(observed({"app/server.py": SERVER.format(call=call)}))
    )


OWN = """\
from agents.mcp import MCPServerStreamableHttp
from chatkit.server import ChatKitServer
class Settings:
    retries: int = {default}
class Tools(MCPServerStreamableHttp):
    def __init__(self, settings):
        super().__init__(params={{"url": URL}}, max_retry_attempts=settings.retries)
class Narrow(Tools):
    def __init__(self):
        super().__init__(Settings())
"""


def test_found_in_a_class_of_its_own(observed: Callable[..., Evidence]) -> None:
    server = OWN.format(default=5)
    (finding,) = tool_calls_not_repeated.over(observed({"app/server.py": server}))
    assert finding.where == "app/server.py:7"
    assert finding.evidence == "`MCPServerStreamableHttp` makes 5 more attempts."


def test_quiet_in_a_class_of_its_own(observed: Callable[..., Evidence]) -> None:
    assert not list(
        tool_calls_not_repeated.over(observed({"app/server.py": OWN.format(default=0)}))
    )
