"""What holds answers back is found where the version tells; what passes pieces on is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.streaming.middlewares_let_answers_through import (
    middlewares_let_answers_through,
)
from tests.checks.rules.conftest import Findings

GZIP = """\
from fastapi.middleware.gzip import GZipMiddleware
from app.main import app
app.add_middleware(GZipMiddleware)
"""
READING = """\
from starlette.middleware.base import BaseHTTPMiddleware
class Logged(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        response = await call_next(request)
        {lines}
        return Response(body, headers=dict(response.headers))
"""
COLLECTED = 'body = b"".join([piece async for piece in response.body_iterator])'
LOOPED = "async for piece in response.body_iterator:\n            body += piece"
PASSED_ON = """async def pieces():
            async for piece in response.body_iterator:
                yield piece"""


@pytest.mark.parametrize(
    "requirements", ["starlette==0.41.3", "fastapi==0.110.0", "fastapi<0.115", "starlette<0.46"]
)
def test_found_compressing(findings: Findings, requirements: str) -> None:
    files = {"app/gzip_.py": GZIP, "requirements.txt": f"{requirements}\n"}
    (finding,) = findings(middlewares_let_answers_through, files)
    assert finding.where == "app/gzip_.py:3"
    assert "requirements.txt:1" in finding.evidence


@pytest.mark.parametrize("requirements", ["starlette==0.46.0", "fastapi>=0.110", "fastapi==0.116"])
def test_quiet_compressing(findings: Findings, requirements: str) -> None:
    files = {"app/gzip_.py": GZIP, "requirements.txt": f"{requirements}\n"}
    assert not findings(middlewares_let_answers_through, files)


@pytest.mark.parametrize("lines", [COLLECTED, LOOPED])
def test_found_reading(findings: Findings, lines: str) -> None:
    files = {"app/logged.py": READING.format(lines=lines)}
    (finding,) = findings(middlewares_let_answers_through, files)
    assert finding.where == "app/logged.py:5"


@pytest.mark.parametrize(
    "lines",
    [
        PASSED_ON,
        f'if response.media_type != "text/event-stream":\n            {COLLECTED}',
        f'if request.url.path.startswith("/pages"):\n            {COLLECTED}',
    ],
)
def test_quiet_reading(findings: Findings, lines: str) -> None:
    files = {"app/logged.py": READING.format(lines=lines)}
    assert not findings(middlewares_let_answers_through, files)


ASGI = """\
import asyncio
class Deadline:
    async def __call__(self, scope, receive, send):
        {lines}
"""
ANSWER = "self.app(scope, receive, send)"


@pytest.mark.parametrize(
    "lines",
    [
        f"await asyncio.wait_for({ANSWER}, timeout=10)",
        f"await asyncio.wait_for({ANSWER}, 30)",
        f"async with asyncio.timeout(20):\n            await {ANSWER}",
        f"with anyio.move_on_after(20.5):\n            await {ANSWER}",
    ],
)
def test_found_cutting(findings: Findings, lines: str) -> None:
    files = {"app/deadline.py": ASGI.format(lines=lines)}
    (finding,) = findings(middlewares_let_answers_through, files)
    assert finding.where == "app/deadline.py:4"


@pytest.mark.parametrize(
    "lines",
    [
        f"await asyncio.wait_for({ANSWER}, timeout=600)",
        f"await asyncio.wait_for({ANSWER}, timeout=settings.seconds)",
        f"await asyncio.wait_for(receive(), timeout=10)\n        await {ANSWER}",
        f"if scope['path'] != '/chatkit':\n            await asyncio.wait_for({ANSWER}, 10)",
    ],
)
def test_quiet_cutting(findings: Findings, lines: str) -> None:
    files = {"app/deadline.py": ASGI.format(lines=lines)}
    assert not findings(middlewares_let_answers_through, files)


ADDED = """\
import asyncio, anyio
from asyncio import wait_for as within
from fastapi import FastAPI, Request
from app.main import app
from fastapi.middleware import Middleware
from starlette.middleware import gzip as gz
from starlette.middleware.base import BaseHTTPMiddleware as Base
from starlette.middleware.gzip import GZipMiddleware as Zip
from app.limits import SECONDS, SKIPPED, gathered
{lines}
"""
LIMITS = """\
SECONDS = 10
SKIPPED = ("/health", "/metrics")
async def gathered(response):
    return b"".join([each async for each in response.body_iterator])
async def passing(response):
    async for each in response.body_iterator:
        yield each
"""
HTTP = """async def log(request: Request, call_next):
    {line}
    response = await call_next(request)
    body = await gathered(response)
    return Response(body)
"""
PLAIN = HTTP.replace("    {line}\n", "")
CUT = """class Cut:
    async def __call__(self, s, r, out):
        {line}
app.add_middleware(Cut)"""


def added(findings: Findings, lines: str) -> int:
    files = {"app/added.py": ADDED.replace("{lines}", lines)}
    old = {"app/limits.py": LIMITS, "requirements.txt": "starlette==0.41.3\n"}
    return len(findings(middlewares_let_answers_through, {**files, **old}))


@pytest.mark.parametrize(
    ("count", "lines"),
    [
        (1, "app.add_middleware(Zip, minimum_size=500)"),
        (1, "app.add_middleware(middleware_class=gz.GZipMiddleware)"),
        (1, "app = FastAPI(middleware=[Middleware(Zip)])"),
        (1, "app = Zip(app)"),
        (0, "# app.add_middleware(Zip)"),
        (1, "@app.middleware('http')\n" + PLAIN),
        (1, PLAIN + "app.middleware('http')(log)"),
        (1, PLAIN + "app.add_middleware(Base, dispatch=log)"),
        (0, PLAIN),
        (
            1,
            "@app.middleware('http')\n"
            + PLAIN.replace(
                "await gathered(response)",
                "b''\n    pieces = response.body_iterator\n    async for each in pieces: body += each",
            ),
        ),
        (
            0,
            "@app.middleware('http')\n"
            + PLAIN.replace("await gathered(response)", "passing(response)"),
        ),
        (
            1,
            "@app.middleware('http')\n"
            + HTTP.replace(
                "{line}", "if request.url.path in SKIPPED: return await call_next(request)"
            ),
        ),
        (
            0,
            "@app.middleware('http')\n"
            + HTTP.replace(
                "{line}", "if request.url.path == '/chatkit': return await call_next(request)"
            ),
        ),
        (
            0,
            "@app.middleware('http')\n"
            + HTTP.replace(
                "{line}", "if request.url.path in settings.open: return await call_next(request)"
            ),
        ),
        (
            1,
            "@app.middleware('http')\n"
            + HTTP.replace("{line}", "if not request.user: print('path')"),
        ),
        (1, CUT.replace("{line}", "await within(self.app(s, r, out), SECONDS)")),
        (
            1,
            CUT.replace(
                "{line}", "async with asyncio.timeout(delay=SECONDS * 2): await self.app(s, r, out)"
            ),
        ),
        (
            1,
            CUT.replace(
                "{line}", "with anyio.fail_after(SECONDS): await self.app(s, r, lambda m: out(m))"
            ),
        ),
        (0, CUT.replace("{line}", "await within(self.app(s, r, out), SECONDS * 60)")),
        (0, CUT.replace("{line}", "await within(r(), SECONDS); await self.app(s, r, out)")),
        (
            1,
            CUT.replace(
                "{line}",
                "if s['type'] == 'websocket': return\n        await within(self.app(s, r, out), SECONDS)",
            ),
        ),
    ],
)
def test_spelled(findings: Findings, count: int, lines: str) -> None:
    assert added(findings, lines) == count


def test_quiet_in_tests(findings: Findings) -> None:
    slow = ADDED.replace("{lines}", CUT.replace("{line}", "await within(self.app(s, r, out), 9)"))
    assert not findings(middlewares_let_answers_through, {"tests/slow.py": slow})
