"""Twice under one path is told; under two, or two routers, is meant so."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.routes.router_included_once import router_included_once
from tests.checks.rules.conftest import Findings

ROUTES = """\
from chatkit.server import StreamingResult
from fastapi import APIRouter, Request
from app.server import Server
router = APIRouter()
other = APIRouter()
@router.post("/chatkit")
async def chatkit(request: Request):
    return await Server().process(await request.body(), {})
"""
MAIN = """\
from fastapi import FastAPI
from app.routes import other, router
from app.routes import router as chat
app = FastAPI()
app.include_router(router)
# app.include_router(router)
{line}
"""


def test_found(findings: Findings) -> None:
    for line in ("app.include_router(router)", "app.include_router(chat)"):
        files = {"app/main.py": MAIN.replace("{line}", line), "app/routes.py": ROUTES}
        (finding,) = findings(router_included_once, files)
        assert finding.where == "app/main.py:7"


@pytest.mark.parametrize(
    "line", ["pass", "app.include_router(other)", 'app.include_router(router, prefix="/v2")']
)
def test_quiet(findings: Findings, line: str) -> None:
    files = {"app/main.py": MAIN.replace("{line}", line), "app/routes.py": ROUTES}
    assert not findings(router_included_once, files)
