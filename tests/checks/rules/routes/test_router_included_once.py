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
CLASS = """\
class Chat:
    def __init__(self):
        self.router = APIRouter()
        self.router.add_api_route("/chatkit", self.talk, methods=["POST"])
    async def talk(self, request: Request):
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


@pytest.mark.parametrize(
    "line",
    [
        "app.include_router(router)",
        "app.include_router(chat)",
        "app.include_router(router=chat, tags=[])",
        "for each in (other, router):\n    app.include_router(each)",
        "ALL = [router]\nfor each in ALL:\n    app.include_router(each)",
        "def register(api):\n    api.include_router(router)\nregister(app)",
    ],
)
def test_found(findings: Findings, line: str) -> None:
    files = {"app/main.py": MAIN.replace("{line}", line), "app/routes.py": ROUTES}
    (finding,) = findings(router_included_once, files)
    assert finding.where.startswith("app/main.py:")


@pytest.mark.parametrize(
    "line",
    [
        "for each in (router, chat):\n    app.include_router(each)",
        "for _ in range(2):\n    app.include_router(router)",
        "def register(api):\n    api.include_router(router)\nregister(app)\nregister(app)",
        "class Site:\n    def __init__(self):\n        self.chat = Chat()\n"
        "    def build(self):\n        app.include_router(self.chat.router)\n"
        "        app.include_router(self.chat.router)",
    ],
)
def test_found_by_itself(findings: Findings, line: str) -> None:
    once = MAIN.replace("app.include_router(router)\n", "from app.routes import Chat\n", 1)
    files = {"app/main.py": once.replace("{line}", line), "app/routes.py": ROUTES + CLASS}
    assert len(findings(router_included_once, files)) == 1


@pytest.mark.parametrize(
    "line",
    [
        "pass",
        "app.include_router(other)",
        'app.include_router(router, prefix="/v2")',
        'for each in ("/a", "/b"):\n    app.include_router(router, prefix=each)',
        "for each in (other, third):\n    app.include_router(each)",
        "admin = FastAPI()\nfor each in (admin,):\n    each.include_router(router)",
        "def make():\n    api = FastAPI()\n    api.include_router(router)\n    return api\n"
        "one = make()\ntwo = make()",
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    files = {"app/main.py": MAIN.replace("{line}", line), "app/routes.py": ROUTES}
    assert not findings(router_included_once, files)


def test_quiet_in_two_branches(findings: Findings) -> None:
    line = "if FLAG:\n    app.include_router(router)\nelse:\n    app.include_router(chat)"
    once = MAIN.replace("app.include_router(router)\n", "", 1).replace("{line}", line)
    assert not findings(router_included_once, {"app/main.py": once, "app/routes.py": ROUTES})
