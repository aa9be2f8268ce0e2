"""Health that opens a connection for each who asks, or guesses, is found; one that asks is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.routes.health_costs_little import health_costs_little
from tests.checks.rules.conftest import Findings

MAIN = """\
import asyncpg
import asyncpg as pg
import httpx
from asyncpg import connect as opened
from functools import lru_cache
from agents.mcp import MCPServerStreamableHttp as Tools
from sqlalchemy.ext.asyncio import create_async_engine
from chatkit.server import StreamingResult
from fastapi import FastAPI
from app.base import MOST, PATH, connection, kept, once
app = FastAPI()
pool = None
@app.get("{path}")
async def asked():
    # await asyncpg.connect(URL)
{body}
    return {{"ready": True}}
"""
BASE = """\
import asyncpg
from functools import lru_cache
MOST, PATH = 500, "/health"
POOL = None
async def connection():
    return await asyncpg.connect("postgres://x")
async def kept():
    global POOL
    if POOL is None:
        POOL = await asyncpg.create_pool("postgres://x")
    return POOL
@lru_cache
def once():
    return asyncpg.create_pool("postgres://x")
"""
OPENED = {
    "straight": "c = await asyncpg.connect(URL)",
    "an alias of the module": "c = await pg.connect(URL)",
    "an alias": "c = await opened(URL)",
    "by keyword": "c = await asyncpg.connect(dsn=URL)",
    "a name of it": "make = asyncpg.connect\nc = await make(URL)",
    "a pool": "async with asyncpg.create_pool(URL) as c:\n    await c.fetch('select 1')",
    "an engine": "engine = create_async_engine(URL)",
    "a helper of another file": "c = await connection()",
    "tools": "async with Tools(params={'url': URL}) as tools:\n    await tools.list_tools()",
    "a guess": "ready = (await client.get(URL)).status_code < 500",
    "a guess by a name": "answer = await client.get(URL)\nready = answer.status_code < MOST",
    "a guess of another client": "ready = answer.status <= 499",
}
ASKED = {
    "the pool": "await pool.fetchval('select 1')",
    "the pool of another file": "await (await kept()).fetchval('select 1')",
    "a pool that is made once": "await once().fetchval('select 1')",
    "nothing": "pass",
    "a status": "ready = (await client.get(URL)).status_code == 200",
    "a status below": "ready = answer.status_code < 300",
    "a number of others": "ready = waiting < 500",
    "another connect": "await server.connect()",
    "where there is none": "if pool is None:\n    pool = await asyncpg.create_pool(URL)",
    "a text": "log('asyncpg.connect(URL)')",
    "a reference": "log(asyncpg.connect)",
}


def main(body: str, path: str = "/health") -> dict[str, str]:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    source = MAIN.format(path=path, body="{body}").replace("{body}\n", lines)
    return {"app/main.py": source, "app/base.py": BASE}


@pytest.mark.parametrize("name", OPENED)
def test_opened_or_guessed(findings: Findings, name: str) -> None:
    (found,) = findings(health_costs_little, main(OPENED[name]))
    assert found.severity == "info"


@pytest.mark.parametrize("name", ASKED)
def test_asked(findings: Findings, name: str) -> None:
    assert not findings(health_costs_little, main(ASKED[name]))


@pytest.mark.parametrize(
    ("path", "number"),
    [("/chatkit/health", 1), ("/healthz", 1), ("/readiness", 1), ("/tasks", 0), ("/health/log", 0)],
)
def test_only_of_health(findings: Findings, path: str, number: int) -> None:
    assert len(findings(health_costs_little, main(OPENED["straight"], path))) == number


def test_a_path_by_a_constant(findings: Findings) -> None:
    files = main(OPENED["straight"])
    files["app/main.py"] = files["app/main.py"].replace('get("/health")', "get(path=PATH)")
    assert findings(health_costs_little, files)
