"""A router is included by its name, by a helper, or in another router."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.routers import leads_to, routers
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
    ],
)
def test_leads_to(project: Project, line: str, expected: bool) -> None:
    chat = Anatomy(project({"main.py": SOURCE.format(line=line)}))
    (made,) = routers(chat)
    of_app = [call for call in chat.code.calls if call.receiver == "app"]
    assert any(leads_to(chat.code, call, made) for call in of_app) == expected
