"""DEBUG for everything is found where there are tools and nothing quietens the MCP client."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.tokens.tool_logs_quiet import tool_logs_quiet

Findings = Callable[..., list[Finding]]
MAIN = """\
import logging
from agents.mcp import MCPServerStreamableHttp
from chatkit.server import ChatKitServer
from fastapi import FastAPI
app = FastAPI()
{line}
tools = MCPServerStreamableHttp(params=P)
"""


@pytest.mark.parametrize(
    "line",
    [
        "logging.basicConfig(level=logging.DEBUG if settings.debug else logging.INFO)",
        'logging.getLogger().setLevel("DEBUG")',
        'for name in ("mcp", "httpx"): logging.getLogger(name).setLevel(logging.DEBUG)',
    ],
)
def test_found(findings: Findings, line: str) -> None:
    (finding,) = findings(tool_logs_quiet, {"app/main.py": MAIN.format(line=line)})
    assert finding.where == "app/main.py:6"
    assert finding.edit == ("quiet_tool_logs" if "basicConfig" in line else None)


@pytest.mark.parametrize(
    "line",
    [
        "logging.basicConfig(level=logging.INFO)",
        'logging.getLogger("app").setLevel("DEBUG")',
        'logging.basicConfig(level="DEBUG"); logging.getLogger("mcp").setLevel("INFO")',
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    assert not findings(tool_logs_quiet, {"app/main.py": MAIN.format(line=line)})
