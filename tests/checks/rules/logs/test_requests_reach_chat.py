"""A route that every request misses is found; one that answered once, or another's, is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.check import Finding
from chatkit_agent.checks.rules.logs.requests_reach_chat import requests_reach_chat
from chatkit_agent.evidence.static import Evidence

LINE = 'INFO:     127.0.0.1:5123 - "POST {} HTTP/1.1" {}'
FLAG = """\
import os
from fastapi import FastAPI
from app.main import chat_router
app = FastAPI()
if os.getenv("ENABLE_CHAT") == "1":
    app.include_router(chat_router)
"""
HOSTS = """\
from starlette.middleware.trustedhost import TrustedHostMiddleware
app.add_middleware(TrustedHostMiddleware, allowed_hosts=["app.example.com"])
"""


def found(
    observed: Callable[..., Evidence], lines: list[str], files: dict[str, str] | None = None
) -> list[Finding]:
    log = ("app.log", "\n".join(lines).encode())
    return list(requests_reach_chat.over(observed(files or {}, log=log)))


@pytest.mark.parametrize("line", ["/chatkit {}", "/api/v1/chatkit {}", "/chatkit?x=1 {}"])
@pytest.mark.parametrize("status", ["404 Not Found", "405 Method Not Allowed"])
def test_found(observed: Callable[..., Evidence], line: str, status: str) -> None:
    path = line.split()[0]
    (finding,) = found(observed, ["INFO: started", LINE.format(path, status)])
    assert finding.where == "app.log:2"
    assert finding.is_sign


def test_found_with_its_condition(observed: Callable[..., Evidence]) -> None:
    (finding,) = found(observed, [LINE.format("/chatkit", 404)], {"app/flag.py": FLAG})
    assert finding.where == "app/flag.py:5"
    assert "ENABLE_CHAT" in finding.what


def test_found_with_its_hosts(observed: Callable[..., Evidence]) -> None:
    (finding,) = found(observed, [LINE.format("/chatkit", 400)], {"app/hosts.py": HOSTS})
    assert finding.where == "app/hosts.py:2"


@pytest.mark.parametrize(
    "lines",
    [
        [LINE.format("/chatkit", 404), LINE.format("/chatkit", 200)],
        [LINE.format("/login", 404)],
        [LINE.format("/chatkit", 400)],
        ['"GET /chatkit HTTP/1.1" 405'],
    ],
)
def test_quiet(observed: Callable[..., Evidence], lines: list[str]) -> None:
    assert not found(observed, lines)


PREFLIGHT = 'INFO:     127.0.0.1:5123 - "OPTIONS {} HTTP/1.1" {}'
REASONS = {400: "not allowed", 401: "sign-in", 403: "sign-in", 404: "nothing", 405: "nothing"}


@pytest.mark.parametrize(("status", "why"), REASONS.items())
def test_preflights_that_are_refused(
    observed: Callable[..., Evidence], status: int, why: str
) -> None:
    (finding,) = found(observed, [PREFLIGHT.format("/chatkit", status)] * 2)
    assert why in finding.what
    assert finding.explains == ("cors", "silent")


@pytest.mark.parametrize(
    "lines",
    [
        [PREFLIGHT.format("/chatkit", 200)],
        [PREFLIGHT.format("/chatkit", 400), PREFLIGHT.format("/chatkit", 200)],
        [PREFLIGHT.format("/other", 400)],
        [PREFLIGHT.format("/chatkit", 500)],
    ],
)
def test_preflights_that_are_not(observed: Callable[..., Evidence], lines: list[str]) -> None:
    assert not found(observed, lines)
