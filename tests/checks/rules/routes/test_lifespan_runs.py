"""A lifespan or handler that is never run is found in each of its shapes."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.routes.lifespan_runs import lifespan_runs
from tests.checks.rules.conftest import Findings

HEAD = """\
from contextlib import asynccontextmanager
import chatkit
from fastapi import FastAPI
@asynccontextmanager
async def lifespan(app):
    yield
"""


@pytest.mark.parametrize(
    ("rest", "line"),
    [
        ('app = FastAPI()\nchat = FastAPI(lifespan=lifespan)\napp.mount("/chat", chat)\n', 8),
        ('app = FastAPI(lifespan=lifespan)\n@app.on_event("startup")\nasync def go(): ...\n', 8),
        ("app = FastAPI()\n", 5),
        (
            "@asynccontextmanager\nasync def warm(app):\n    yield\n"
            "app = FastAPI(lifespan=lifespan)\napp.router.lifespan_context = warm\n",
            11,
        ),
    ],
)
def test_found(findings: Findings, rest: str, line: int) -> None:
    (finding,) = findings(lifespan_runs, {"app/main.py": HEAD + rest})
    assert finding.where == f"app/main.py:{line}"


@pytest.mark.parametrize(
    "rest",
    [
        "app = FastAPI(lifespan=lifespan)\n",
        "@asynccontextmanager\nasync def both(app):\n    async with lifespan(app):\n        yield\n"
        "app = FastAPI(lifespan=lifespan)\napp.router.lifespan_context = both\n",
        'app = FastAPI(lifespan=lifespan)\nside = FastAPI()\napp.mount("/side", side)\n',
        "from app.other import run\nrun(lifespan)\napp = FastAPI()\n",
        "app = FastAPI(lifespan=lifespan)\nside = FastAPI(lifespan=lifespan)\n"
        'app.mount("/side", side)\nenter(side.router.lifespan_context)\n',
    ],
)
def test_quiet(findings: Findings, rest: str) -> None:
    assert not findings(lifespan_runs, {"app/main.py": HEAD + rest})


ROUTER = HEAD.replace("import FastAPI", "import APIRouter, FastAPI") + "app = FastAPI({})\n{}\n"


@pytest.mark.parametrize(("version", "found"), [("0.111.0", 1), ("0.112.2", 0)])
def test_a_routers_lifespan_is_run_by_newer_ones(
    findings: Findings, version: str, found: int
) -> None:
    main = ROUTER.format("", "router = APIRouter(lifespan=lifespan)")
    files = {"app/main.py": main, "requirements.txt": f"fastapi=={version}\n"}
    assert len(findings(lifespan_runs, files)) == found


@pytest.mark.parametrize(("lifespan", "found"), [("lifespan=lifespan", 1), ("", 0)])
def test_a_routers_handler_is_dropped_beside_a_lifespan(
    findings: Findings, lifespan: str, found: int
) -> None:
    rest = 'router = APIRouter()\n@router.on_event("startup")\nasync def go(): ...\nuse(lifespan)'
    assert len(findings(lifespan_runs, {"app/main.py": ROUTER.format(lifespan, rest)})) == found
