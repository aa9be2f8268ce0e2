"""A mounted MCP server whose session manager nothing runs is told."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.mcp.session_manager_runs import session_manager_runs
from tests.checks.rules.conftest import Findings

TOOLS = """\
from contextlib import asynccontextmanager
from fastapi import FastAPI
from mcp.server.fastmcp import FastMCP
mcp = FastMCP("notes")
@asynccontextmanager
async def lifespan(app):
    # async with mcp.session_manager.run():
    {inside}
api = FastAPI({given})
{mount}
"""
MOUNT = 'api.mount("/mcp", mcp.streamable_http_app())'
NAMED = "tools = mcp.streamable_http_app()\napi.mount(path='/mcp', app=tools)"
RUN = "async with mcp.session_manager.run():\n        yield"


def source(inside: str, given: str, mount: str) -> dict[str, str]:
    text = TOOLS.replace("{inside}", inside).replace("{given}", given).replace("{mount}", mount)
    return {"app/tools.py": text}


@pytest.mark.parametrize("mount", [MOUNT, NAMED])
def test_found(findings: Findings, mount: str) -> None:
    (finding,) = findings(session_manager_runs, source("yield", "lifespan=lifespan", mount))
    assert finding.cause == "tools session manager"


@pytest.mark.parametrize(
    ("inside", "given", "mount"),
    [
        (RUN, "lifespan=lifespan", MOUNT),
        ("yield", "lifespan=tools.lifespan", "tools = mcp.http_app()\napi.mount('/mcp', tools)"),
        ("yield", "lifespan=lifespan", "api.mount('/static', StaticFiles())"),
    ],
)
def test_quiet(findings: Findings, inside: str, given: str, mount: str) -> None:
    assert not findings(session_manager_runs, source(inside, given, mount))
