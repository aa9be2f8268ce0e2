"""A coroutine that runs at import is found where the application imports it; scripts are not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.check import Finding
from chatkit_agent.checks.rules.storage.loop_left_to_server import loop_left_to_server
from tests.checks.rules.conftest import Findings

TOP = "import asyncio\nimport asyncpg\nfrom concurrent.futures import ThreadPoolExecutor\n"
OPEN = f"{TOP}async def opened():\n    return await asyncpg.create_pool('x')\n"
MAIN = """\
from fastapi import FastAPI
from app.server import Server
from app.db import pool
{}app = FastAPI()
"""


def found(
    findings: Findings, module: str, more: str = "", path: str = "app/db.py"
) -> list[Finding]:
    return findings(loop_left_to_server, {path: module, "app/main.py": MAIN.format(more)})


@pytest.mark.parametrize(
    ("module", "line"),
    [
        (f"{TOP}pool = asyncio.run(asyncpg.create_pool('x'))\n", 4),
        (f"{OPEN}pool = asyncio.run(opened())\n", 6),
        (f"{OPEN}pool = asyncio.get_event_loop().run_until_complete(opened())\n", 6),
        (f"{OPEN}pool = ThreadPoolExecutor().submit(asyncio.run, opened()).result()\n", 6),
        (
            f"{OPEN}class Store:\n    def __init__(self):\n        with Threads() as t:\n"
            "            self.pool = t.submit(asyncio.run, opened()).result()\npool = Store()\n",
            9,
        ),
        (
            f"{TOP}async def setup():\n    global pool\n    pool = await asyncpg.create_pool('x')\n"
            "asyncio.run(setup())\n",
            7,
        ),
    ],
)
def test_a_pool_of_another_loop(findings: Findings, module: str, line: int) -> None:
    (finding,) = found(findings, module)
    assert (finding.where, finding.severity) == (f"app/db.py:{line}", "error")
    assert "Event loop is closed" in finding.what


def test_in_a_function_that_another_module_calls(findings: Findings) -> None:
    module = f"{OPEN}def pool():\n    return asyncio.run(opened())\n"
    (finding,) = found(findings, module, "connections = pool()\n")
    assert finding.where == "app/db.py:7"
    assert "app/main.py:4 calls that" in finding.evidence
    assert not found(findings, module)


@pytest.mark.parametrize(
    "inside",
    [
        "    await create()\n",
        "    db = await asyncpg.connect('x')\n    await db.close()\n    return 1\n",
        "    async with engine.connect() as db:\n        return await db.all()\n",
    ],
)
def test_what_keeps_no_connection_is_a_warning(findings: Findings, inside: str) -> None:
    (finding,) = found(findings, f"{TOP}async def setup():\n{inside}pool = asyncio.run(setup())\n")
    assert finding.severity == "warning"
    assert "--workers" in finding.what


def test_in_a_coroutine(findings: Findings) -> None:
    more = "import asyncio\nasync def go():\n    asyncio.run(main())\n"
    (finding,) = found(findings, "pool = 1\n", more)
    assert (finding.where, finding.severity) == ("app/main.py:6", "error")


@pytest.mark.parametrize(
    "module",
    [
        f"{OPEN}pool = 1\nif __name__ == '__main__':\n    asyncio.run(opened())\n",
        f"{OPEN}pool = lambda: asyncio.run(opened())\n",
        f"{OPEN}try:\n    pool = asyncio.run(opened())\nexcept RuntimeError:\n    pool = None\n",
        f"{OPEN}def pool():\n    return asyncio.run(opened())\n",
        f"{OPEN}import nest_asyncio\npool = asyncio.run(opened())\n",
        f"{TOP}pool = asyncpg.create_pool('x')\n",
        "from sqlalchemy.ext.asyncio import create_async_engine\nimport asyncio\n"
        "pool = create_async_engine('x')\n",
        f"{TOP}async def go():\n    pool.submit(asyncio.run, other())\npool = 1\n",
        f"{TOP}async def go():\n    await to_thread(lambda: asyncio.run(other()))\npool = 1\n",
        "from tools import asyncio\npool = asyncio.run(1)\n",
    ],
)
def test_quiet(findings: Findings, module: str) -> None:
    assert not found(findings, module)


def test_a_script_that_nothing_imports_is_quiet(findings: Findings) -> None:
    module = f"{OPEN}pool = asyncio.run(opened())\n"
    assert not found(findings, module, path="app/seed.py")


STORE = (
    "from chatkit.store import Store\nclass Kept(Store[dict]):\n    async def load_thread(self, {0}"
)
AWAITS = STORE.format("id, context):\n        return await db.load(id)\n")
PLAIN = STORE.format("id, context):\n        return db[id]\n")
ROUTE = """\
import asyncio, anyio.from_thread
from functools import partial
from anyio import run as ran
from asgiref.sync import async_to_sync
from asyncio import run as go
from chatkit.server import StreamingResult
from fastapi import FastAPI
from app.server import Server
app = FastAPI()
server = Server()
loop = asyncio.new_event_loop()
async def answered(body):
    return await server.process(body, {{}})
@app.post("/chatkit")
{0}
"""


@pytest.mark.parametrize(
    ("route", "store", "count"),
    [
        ("def chatkit(body: str):\n    return asyncio.run(server.process(body, {}))", AWAITS, 1),
        ("def chatkit(body: str):\n    return go(answered(body))", AWAITS, 1),
        ("def chatkit(body: str):\n    x = answered(body); return asyncio.run(x)", AWAITS, 1),
        (
            "def chatkit(body: str):\n    return loop.run_until_complete(server.process(body, {}))",
            AWAITS,
            1,
        ),
        ("def chatkit(body: str):\n    return asyncio.run(server.process(body, {}))", PLAIN, 0),
        ("async def chatkit(body: str):\n    return await server.process(body, {})", AWAITS, 0),
        ("def chatkit(body: str):\n    return anyio.run(server.process, body, {})", AWAITS, 1),
        ("def chatkit(body: str):\n    return ran(answered, body)", AWAITS, 1),
        (
            "def chatkit(body: str):\n    return anyio.run(partial(server.process, body, {}))",
            AWAITS,
            1,
        ),
        ("def chatkit(body: str):\n    return async_to_sync(server.process)(body, {})", AWAITS, 1),
        ("def chatkit(body: str):\n    f = async_to_sync(answered)\n    return f(body)", AWAITS, 1),
        ("def chatkit(body: str):\n    return asyncio.Runner().run(answered(body))", AWAITS, 1),
        (
            "def chatkit(body: str):\n    with asyncio.Runner() as r:\n        return r.run(answered(body))",
            AWAITS,
            1,
        ),
        (
            "async def chatkit(body: str):\n    return anyio.run(server.process, body, {})",
            AWAITS,
            1,
        ),
        ("async def chatkit(body: str):\n    return async_to_sync(answered)(body)", AWAITS, 1),
        ("def chatkit(body: str):\n    return anyio.run(other, body)", AWAITS, 0),
        (
            "async def chatkit(body: str):\n    return await to_thread(asyncio.run, answered(body))",
            AWAITS,
            1,
        ),
        (
            "async def chatkit(body: str):\n    return await to_thread(asyncio.run, other(body))",
            AWAITS,
            0,
        ),
        ("def chatkit(body: str):\n    return anyio.run(server.process, body, {})", PLAIN, 0),
        ("def chatkit(body: str):\n    return anyio.from_thread.run(answered, body)", AWAITS, 0),
        ("def chatkit(body: str):\n    return asyncio.run(other(body))", AWAITS, 0),
    ],
)
def test_a_request_in_a_loop_of_its_own(
    findings: Findings, route: str, store: str, count: int
) -> None:
    files = {"app/main.py": ROUTE.format(route), "app/store.py": store}
    assert len(findings(loop_left_to_server, files)) == count
