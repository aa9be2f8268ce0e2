"""DEBUG for everything is found where there are tools and nothing quietens the MCP client."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.tokens.tool_logs_quiet import tool_logs_quiet
from tests.checks.rules.conftest import Findings

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


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("logging.basicConfig(level=10)", True),
        ("LEVEL = logging.DEBUG\nlogging.basicConfig(format=F, level=LEVEL)", True),
        ("from logging import DEBUG as D, basicConfig as setup\nsetup(level=D)", True),
        ("import logging as log\nlog.getLogger().setLevel(log.DEBUG)", True),
        ("root = logging.getLogger()\nroot.setLevel(level='debug')", True),
        (
            "def loud(name, level='DEBUG'):\n    logging.getLogger(name).setLevel(level)\nloud('mcp')",
            True,
        ),
        ("logging.config.dictConfig({'root': {'level': 'DEBUG'}})", True),
        ("C = {'loggers': {'mcp.client': {'level': 'DEBUG'}}}\nlogging.config.dictConfig(C)", True),
        ("# logging.basicConfig(level=logging.DEBUG)", False),
        ("logging.basicConfig(level=20)  # DEBUG", False),
        ("DEBUG_LEVEL = logging.INFO\nlogging.basicConfig(level=DEBUG_LEVEL)", False),
        ("own = logging.getLogger(__name__)\nown.setLevel(logging.DEBUG)", False),
        (
            "logging.basicConfig(level=10)\nq = logging.getLogger('mcp')\nq.setLevel(logging.INFO)",
            False,
        ),
        (
            "logging.basicConfig(level=10)\nfor n in ['mcp', 'httpx']:\n"
            "    logging.getLogger(n).setLevel(30)",
            False,
        ),
        ("logging.config.dictConfig({'root': {'level': 'INFO'}})", False),
        ("handler = logging.StreamHandler()\nhandler.setLevel(logging.DEBUG)", False),
    ],
)
def test_however_it_is_spelled(findings: Findings, line: str, is_found: bool) -> None:
    found = findings(tool_logs_quiet, {"app/main.py": MAIN.format(line="#").replace("#", line, 1)})
    assert len(found) == is_found
