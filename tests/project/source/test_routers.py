"""A router is included by its name, by a helper, or in another router."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.routers import places, routers
from tests.project.source.conftest import Project

SOURCE = """\
from chatkit.server import StreamingResult
from fastapi import APIRouter, FastAPI
router = APIRouter()
other = APIRouter()
app = FastAPI()
def given():
    return router
@router.post("/chatkit")
async def chatkit(request):
    return await server.process(await request.body(), 1)
{line}
"""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("app.include_router(router)", True),
        ("app.include_router(router=router, prefix='/x')", True),
        ("r = router\napp.include_router(r)", True),
        ("other.include_router(router)\napp.include_router(other)", True),
        ("app.include_router(other)", False),
        ("app.mount('/', router)", False),
        ("def register(api):\n    api.include_router(router)\nregister(app)", True),
        ("def register(api):\n    api.include_router(other)\nregister(app)", False),
    ],
)
def test_places(project: Project, line: str, expected: bool) -> None:
    chat = Anatomy(project({"main.py": SOURCE.format(line=line)}))
    assert len(routers(chat)) == 1
    marks = (mark for endpoint in chat.endpoints for mark in chat.route_marks(endpoint))
    found = [
        each for mark in marks for each in places(chat.code, mark.scope, mark.owner, mark.call.node)
    ]
    assert ("app" in {name for _, name, _ in found}) == expected
