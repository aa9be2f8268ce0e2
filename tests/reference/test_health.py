"""Health opens connections once a second at most, and tells a server from what only answers."""

from __future__ import annotations

import asyncio
import importlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import asyncpg
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chatkit_agent.sandbox.serving import served

from .conftest import TARGET


class Answering:
    """A server that gives each method its status, and counts what it was asked."""

    def __init__(self, head: int = 405, post: int = 400, delay: float = 0) -> None:
        self.statuses = {"HEAD": head, "POST": post}
        self.delay = delay
        self.asked: list[str] = []

    async def answer(self, request: Request) -> Response:
        self.asked.append(request.method)
        await asyncio.sleep(self.delay)
        headers = {"location": "/elsewhere"}
        return Response(status_code=self.statuses[request.method], headers=headers)

    @contextmanager
    def serve(self) -> Iterator[str]:
        route = Route("/mcp", self.answer, methods=["HEAD", "POST"])
        with served(Starlette(routes=[route])) as url:
            yield f"{url}/mcp"


@pytest.mark.parametrize(
    ("head", "post", "is_there"),
    [
        *((status, 400, True) for status in (200, 204, 400, 401, 403, 405, 406, 415, 429)),
        *((status, 404, False) for status in (301, 302, 307, 308, 404, 410, 421)),
        *((status, 502, False) for status in (500, 502, 503, 504)),
        (404, 400, True),
        (404, 401, True),
        (404, 307, False),
        (501, 405, True),
    ],
)
@pytest.mark.anyio
async def test_not_all_that_answers_is_there(head: int, post: int, is_there: bool) -> None:
    mcp = importlib.import_module(f"{TARGET}.chatkit_runtime.mcp")
    with Answering(head, post).serve() as url:
        assert await mcp.answers(url) is is_there


def test_all_who_ask_get_one_look(chat_url: str, configured: Callable[..., None]) -> None:
    tools = Answering(delay=0.5)

    def ask(_: int) -> httpx.Response:
        return httpx.get(f"{chat_url}/chatkit/health", timeout=60, trust_env=False)

    with tools.serve() as url, ThreadPoolExecutor(30) as many:
        configured(MCP_SERVER_URL=url)
        began = time.monotonic()
        answers = list(many.map(ask, range(120)))
        looks = 1 + (time.monotonic() - began) // 1
        assert {answer.status_code for answer in answers} == {200}
        assert httpx.head(f"{chat_url}/chatkit/health", trust_env=False).status_code == 200
        assert 1 <= len(tools.asked) <= looks
        time.sleep(1.1)
        tools.statuses["HEAD"] = 421
        assert ask(0).json()["degraded"] == ["MCP_SERVER_URL"]


@pytest.mark.anyio
async def test_the_database_is_asked_once_for_all(
    chat_url: str, configured: Callable[..., None], database_url: str
) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        many = (http.get(f"{chat_url}/chatkit/health") for _ in range(100))
        assert {answer.status_code for answer in await asyncio.gather(*many)} == {200}
    connection: Any = await asyncpg.connect(database_url)
    try:
        opened = await connection.fetchval(
            "select count(*) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
    finally:
        await connection.close()
    assert opened == 1
