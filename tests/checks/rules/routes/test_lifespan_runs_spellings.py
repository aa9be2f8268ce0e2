"""However a lifespan is given, mounted or entered: what is never run is found."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.routes.lifespan_runs import lifespan_runs
from tests.checks.rules.conftest import Findings

LIFE = """\
from contextlib import asynccontextmanager
import chatkit
from fastapi import APIRouter, FastAPI
{top}
@asynccontextmanager
async def lifespan(app):
    yield
{rest}
"""


def life(rest: str, top: str = "", **files: str) -> dict[str, str]:
    return {"app/main.py": LIFE.format(rest=rest, top=top), **files}


SPELLINGS = [
    (
        "mounted",
        life('app = FastAPI()\nchat = FastAPI(lifespan=lifespan)\napp.mount("/chat", chat)'),
        True,
    ),
    (
        "mounted kw",
        life(
            'app = FastAPI()\nchat = FastAPI(lifespan=lifespan)\napp.mount(path="/chat", app=chat)'
        ),
        True,
    ),
    (
        "mounted alias",
        life(
            'app = F()\nchat = F(lifespan=lifespan)\napp.mount("/chat", chat)',
            top="from fastapi import FastAPI as F",
        ),
        True,
    ),
    (
        "mounted Mount route",
        life(
            'chat = FastAPI(lifespan=lifespan)\napp = FastAPI(routes=[Mount("/chat", app=chat)])',
            top="from starlette.routing import Mount",
        ),
        True,
    ),
    (
        "mounted via var",
        life(
            'app = FastAPI()\nchat = FastAPI(lifespan=lifespan)\nsub = chat\napp.mount("/chat", sub)'
        ),
        True,
    ),
    (
        "enters",
        life(
            'chat = FastAPI(lifespan=lifespan)\n@asynccontextmanager\nasync def outer(app):\n    async with chat.router.lifespan_context(chat):\n        yield\napp = FastAPI(lifespan=outer)\napp.mount("/chat", chat)'
        ),
        False,
    ),
    (
        "comment enters",
        life(
            'app = FastAPI()\nchat = FastAPI(lifespan=lifespan)\napp.mount("/chat", chat)  # lifespan_context'
        ),
        True,
    ),
    (
        "enters itself",
        life(
            'chat = FastAPI(lifespan=lifespan)\n@asynccontextmanager\nasync def outer(app):\n    async with lifespan(chat):\n        yield\napp = FastAPI(lifespan=outer)\napp.mount("/chat", chat)'
        ),
        False,
    ),
    (
        "handler",
        life('app = FastAPI(lifespan=lifespan)\n@app.on_event("startup")\nasync def go(): ...'),
        True,
    ),
    (
        "handler add",
        life(
            'app = FastAPI(lifespan=lifespan)\nasync def go(): ...\napp.add_event_handler("startup", go)'
        ),
        True,
    ),
    (
        "handler alias",
        life(
            'app = FastAPI(lifespan=lifespan)\napi = app\n@api.on_event("startup")\nasync def go(): ...'
        ),
        True,
    ),
    (
        "handler spread",
        life(
            'app = FastAPI(**{"lifespan": lifespan})\n@app.on_event("startup")\nasync def go(): ...'
        ),
        True,
    ),
    (
        "handler lifespan None",
        life(
            'app = FastAPI(lifespan=None)\n@app.on_event("startup")\nasync def go(): ...\nuse(lifespan)'
        ),
        False,
    ),
    (
        "handler of bus",
        life('app = FastAPI(lifespan=lifespan)\n@bus.on_event("startup")\nasync def go(): ...'),
        False,
    ),
    (
        "handler other app",
        life(
            'app = FastAPI(lifespan=lifespan)\nside = FastAPI()\n@side.on_event("startup")\nasync def go(): ...'
        ),
        False,
    ),
    ("of nobody", life("app = FastAPI()"), True),
    ("of nobody comment", life("app = FastAPI()  # lifespan=lifespan"), True),
    (
        "of nobody test only",
        life("app = FastAPI()", **{"tests/test_a.py": "from app.main import lifespan\nlifespan\n"}),
        True,
    ),
    ("given", life("app = FastAPI(lifespan=lifespan)"), False),
    ("in all", life('__all__ = ["lifespan"]\napp = FastAPI()'), True),
    (
        "a cm named so",
        life("async def go():\n    async with lifespan(1): ...\napp = FastAPI()"),
        False,
    ),
    (
        "replaced",
        life(
            "@asynccontextmanager\nasync def warm(app):\n    yield\napp = FastAPI(lifespan=lifespan)\napp.router.lifespan_context = warm"
        ),
        True,
    ),
    (
        "replaced enters helper",
        life(
            "def opened(app):\n    return lifespan(app)\n@asynccontextmanager\nasync def warm(app):\n    async with opened(app):\n        yield\napp = FastAPI(lifespan=lifespan)\napp.router.lifespan_context = warm"
        ),
        False,
    ),
    (
        "replaced comment",
        life(
            "@asynccontextmanager\nasync def warm(app):\n    yield  # lifespan\napp = FastAPI(lifespan=lifespan)\napp.router.lifespan_context = warm"
        ),
        True,
    ),
]


@pytest.mark.parametrize(("name", "files", "is_found"), SPELLINGS, ids=[e[0] for e in SPELLINGS])
def test_spelled_otherwise(
    findings: Findings, name: str, files: dict[str, str], is_found: bool
) -> None:
    assert bool(findings(lifespan_runs, files)) == is_found
