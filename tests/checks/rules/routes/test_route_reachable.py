"""A chat behind what is mounted at the root is found; before it, or under a path, it is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.routes.route_reachable import route_reachable
from tests.checks.rules.conftest import Findings

TALKING = """\
from chatkit.server import StreamingResult
from fastapi import APIRouter
router = APIRouter()
@router.post("/chatkit")
async def talk(request):
    return await server.process(await request.body(), 1)
"""
MAIN = """\
from chatkit.server import StreamingResult
from fastapi import FastAPI
from app import items, talking
app = FastAPI()
{above}
{below}
"""
FILES = {
    "app/talking.py": TALKING,
    "app/items.py": "from fastapi import APIRouter\nrouter = APIRouter()\n",
}
MOUNT = 'app.mount("/", StaticFiles(directory="web"))'
ROUTE = (
    '@app.post("/chatkit")\nasync def talk(request):\n'
    "    return await server.process(await request.body(), 1)"
)


@pytest.mark.parametrize(("route", "line"), [("app.include_router(talking.router)", 6), (ROUTE, 6)])
def test_found(findings: Findings, route: str, line: int) -> None:
    main = MAIN.format(above=MOUNT, below=route)
    (finding,) = findings(route_reachable, {**FILES, "app/main.py": main})
    assert finding.where == f"app/main.py:{line}"


@pytest.mark.parametrize("way", ["post(PATH)", 'api_route(PATH, methods=["GET", "POST"])'])
def test_found_behind_a_route_for_everything(findings: Findings, way: str) -> None:
    mark = way.replace("PATH", '"/{rest:path}"')
    above = f"@app.{mark}\ndef page(): ..."
    main = MAIN.replace("{above}", above).replace("{below}", "app.include_router(talking.router)")
    (finding,) = findings(route_reachable, {**FILES, "app/main.py": main})
    assert finding.where == "app/main.py:7"


CLASS = """\
class Chat:
    def __init__(self):
        self.router = APIRouter()
        self.router.add_api_route("/chatkit", self.talk, methods=["POST"])
    async def talk(self, request):
        return await server.process(await request.body(), 1)
"""
SITE = """\
from fastapi import APIRouter
pages = APIRouter()
def add_files(api):
    api.mount("/", files)
@pages.api_route("/{rest:path}", methods=["GET", "POST"])
def page(): ...
"""


@pytest.mark.parametrize("prefix", ["", ", prefix='/web'"])
@pytest.mark.parametrize("way", ["add_files(app)", "app.include_router(pages{prefix})"])
def test_found_elsewhere(findings: Findings, way: str, prefix: str) -> None:
    above = f"from app.site import add_files, pages\nchat = talking.Chat()\n{way}"
    main = MAIN.replace("{above}", above.replace("{prefix}", prefix))
    files = {
        "app/talking.py": TALKING.replace('@router.post("/chatkit")\n', "") + CLASS,
        "app/site.py": SITE,
        "app/main.py": main.replace("{below}", "app.include_router(chat.router)"),
    }
    is_aside = "{prefix}" in way and prefix != ""
    assert [each.where for each in findings(route_reachable, files)] == ["app/main.py:8"] * (
        not is_aside
    )


@pytest.mark.parametrize(
    ("above", "below"),
    [
        (ROUTE, MOUNT),
        ('app.mount("/static", files)', ROUTE),
        (MOUNT, "app.include_router(items.router)"),
        ('@app.get("/{rest:path}")\ndef page(): ...', ROUTE),
        ('other.mount("/", files)', ROUTE),
    ],
)
def test_quiet(findings: Findings, above: str, below: str) -> None:
    main = MAIN.replace("{above}", above).replace("{below}", below)
    assert not findings(route_reachable, {**FILES, "app/main.py": main})
