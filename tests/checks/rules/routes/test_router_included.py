"""A router that no application includes is found; one that any file includes is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.routes.router_included import router_included
from tests.checks.rules.conftest import Findings

ROUTES = """\
from chatkit.server import StreamingResult
from fastapi import APIRouter
router = APIRouter()
@router.post("/chatkit")
async def chatkit(request):
    return await server.process(await request.body(), 1)
"""
MAIN = "from fastapi import FastAPI\nfrom app import routes\napp = FastAPI()\n{}\n"


@pytest.mark.parametrize("line", ["", "app.include_router(other.router)"])
def test_found(findings: Findings, line: str) -> None:
    other = {"app/other.py": "from fastapi import APIRouter\nrouter = APIRouter()\n"}
    main = MAIN.replace("import routes", "import other, routes").format(line)
    files = {**other, "app/routes.py": ROUTES, "app/main.py": main}
    (finding,) = findings(router_included, files)
    assert finding.where == "app/routes.py:5"


@pytest.mark.parametrize(
    "main",
    [
        MAIN.format("app.include_router(routes.router)"),
        MAIN.replace("import routes", "import routes as r").format("app.include_router(r.router)"),
        "from fastapi import FastAPI\nfrom app.routes import router as talk\napp = FastAPI()\n"
        "app.include_router(talk, prefix='/x')\n",
        MAIN.format("for each in all_routers: app.include_router(each)"),
    ],
)
def test_quiet(findings: Findings, main: str) -> None:
    assert not findings(router_included, {"app/routes.py": ROUTES, "app/main.py": main})


def test_quiet_on_an_application_itself(findings: Findings) -> None:
    main = ROUTES.replace("APIRouter", "FastAPI").replace("router", "app")
    assert not findings(router_included, {"app/main.py": main})
