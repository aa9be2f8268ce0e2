"""However the chat's route and what answers everything are written: the order counts."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.routes.route_reachable import route_reachable
from tests.checks.rules.conftest import Findings

REACH = """\
from chatkit.server import StreamingResult
from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles
{top}
app = FastAPI()
{above}
{below}
"""

ROUTER = """\
from chatkit.server import StreamingResult
from fastapi import APIRouter
router = APIRouter()
@router.post("/chatkit")
async def talk(request):
    return await server.process(await request.body(), 1)
"""


MOUNT = 'app.mount("/", StaticFiles(directory="web"))'
ROUTE = '@app.post("/chatkit")\nasync def talk(request):\n    return await server.process(await request.body(), 1)'


def reach(
    above: str = MOUNT,
    below: str = "app.include_router(talking.router)",
    top: str = "from app import talking",
    **files: str,
) -> dict[str, str]:
    main = REACH.format(above=above, below=below, top=top)
    return {"app/talking.py": ROUTER, "app/main.py": main, **files}


SPELLINGS = [
    ("mount", reach(), True),
    ("mount kw", reach('app.mount(app=StaticFiles(directory="web"), path="/")'), True),
    (
        "mount const",
        reach(
            'app.mount(ROOT, StaticFiles(directory="web"))',
            top='from app import talking\nROOT = "/"',
        ),
        True,
    ),
    (
        "include alias",
        reach(below="app.include_router(talk)", top="from app.talking import router as talk"),
        True,
    ),
    ("include kw", reach(below="app.include_router(router=talking.router)"), True),
    (
        "include by other name",
        {
            "app/assistant.py": ROUTER,
            "app/main.py": REACH.format(
                above=MOUNT,
                below="app.include_router(assistant.router)",
                top="from app import assistant",
            ),
        },
        True,
    ),
    (
        "include other",
        reach(
            below="app.include_router(chat_rooms.router)",
            top="from app import chat_rooms",
            **{"app/chat_rooms.py": "from fastapi import APIRouter\nrouter = APIRouter()\n"},
        ),
        False,
    ),
    ("route", reach(below=ROUTE), True),
    ("catch-all post", reach('@app.post("/{rest:path}")\ndef page(): ...'), True),
    (
        "catch-all api_route",
        reach('@app.api_route("/{rest:path}", methods=["GET", "POST"])\ndef page(): ...'),
        True,
    ),
    (
        "catch-all methods const",
        reach(
            '@app.api_route("/{rest:path}", methods=METHODS)\ndef page(): ...',
            top='from app import talking\nMETHODS = ["POST"]',
        ),
        True,
    ),
    (
        "catch-all add_api_route",
        reach('def page(): ...\napp.add_api_route("/{rest:path}", page, methods=["POST"])'),
        True,
    ),
    ("router in var", reach(below="r = talking.router\napp.include_router(r)"), True),
    ("before", reach("app.include_router(talking.router)", MOUNT), False),
    ("get only", reach('@app.get("/{rest:path}")\ndef page(): ...'), False),
    ("other path", reach('app.mount("/static", StaticFiles(directory="web"))'), False),
    ("comment", reach('# app.mount("/", StaticFiles(directory="web"))'), False),
    ("other app", reach('other.mount("/", files)'), False),
]


@pytest.mark.parametrize(("name", "files", "is_found"), SPELLINGS, ids=[e[0] for e in SPELLINGS])
def test_spelled_otherwise(
    findings: Findings, name: str, files: dict[str, str], is_found: bool
) -> None:
    assert bool(findings(route_reachable, files)) == is_found
