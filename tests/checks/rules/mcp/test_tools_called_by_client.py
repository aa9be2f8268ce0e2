"""A request that is put together by hand is found; one of another protocol is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.mcp.tools_called_by_client import tools_called_by_client
from tests.checks.rules.conftest import Findings

SERVER = "import chatkit\nPAYLOAD = {}\n"


@pytest.mark.parametrize(
    "payload", ['{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name}}']
)
def test_found(findings: Findings, payload: str) -> None:
    server = SERVER.replace("{}", payload)
    (finding,) = findings(tools_called_by_client, {"app/server.py": server})
    assert finding.where == "app/server.py:2"


@pytest.mark.parametrize(
    "payload", ['{"jsonrpc": "2.0", "method": "ping"}', '{"method": "tools/call"}']
)
def test_quiet(findings: Findings, payload: str) -> None:
    assert not findings(tools_called_by_client, {"app/server.py": SERVER.replace("{}", payload)})
