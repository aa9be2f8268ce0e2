"""A route of the chat for another method than POST is told."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.routes.route_takes_posts import route_takes_posts
from tests.checks.rules.conftest import Findings

SOURCE = """\
from chatkit.server import StreamingResult
from fastapi import APIRouter, FastAPI
WAYS = ["GET", "POST"]
READING = ("GET",)
router = APIRouter()
{mark}
async def talk(request):
    return await server.process(await request.body(), 1)
{after}
"""
CLASS = """\
class Chat:
    def __init__(self):
        router.add_api_route({})
    async def talk(self, request):
        return await server.process(await request.body(), 1)
@other"""


@pytest.mark.parametrize(
    ("mark", "after"),
    [
        ('@router.get("/chatkit")', ""),
        ('@router.put(path="/chatkit")', ""),
        ('@router.api_route("/chatkit")', ""),
        ('@router.api_route("/chatkit", methods=READING)', ""),
        ("", 'router.add_api_route("/chatkit", talk)'),
        ("", 'router.add_api_route("/chatkit", endpoint=talk, methods=["GET"])'),
        (CLASS.format('"/chatkit", self.talk'), ""),
        (CLASS.format('path="/chatkit", endpoint=self.talk, methods=("GET",)'), ""),
    ],
)
def test_found(findings: Findings, mark: str, after: str) -> None:
    source = SOURCE.replace("{mark}", mark).replace("{after}", after)
    (finding,) = findings(route_takes_posts, {"app/chat.py": source})
    assert "405" in finding.what


@pytest.mark.parametrize(
    ("mark", "after"),
    [
        ('@router.post("/chatkit")', ""),
        ('@router.get("/chatkit")\n@router.post("/chatkit")', ""),
        ('@router.api_route("/chatkit", methods=WAYS)', ""),
        ('@router.api_route("/chatkit", methods=known())', ""),
        ("", 'router.add_api_route("/chatkit", talk, methods=["POST"])'),
        (CLASS.format('"/chatkit", self.talk, methods=["POST"]'), ""),
        ("", 'router.get("/chatkit/health")(health)'),
        ("", 'client.get("/chatkit", talk)'),
    ],
)
def test_quiet(findings: Findings, mark: str, after: str) -> None:
    source = SOURCE.replace("{mark}", mark).replace("{after}", after)
    assert not findings(route_takes_posts, {"app/chat.py": source})
