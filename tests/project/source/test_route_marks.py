"""What gives a function its routes is found, with the object that has them."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.route_marks import route_marks
from tests.project.source.conftest import Project

TALK = "async def talk(request): ...\n"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (f'@router.post("/chatkit")\n{TALK}', [("talk", "router", "/chatkit")]),
        (f'PATH = "/c"\n@app.api_route(path=PATH)\n{TALK}', [("talk", "app", "/c")]),
        (f'{TALK}router.add_api_route("/c", talk)', [("talk", "router", "/c")]),
        (f'{TALK}router.add_route(path="/c", route=talk)', [("talk", "router", "/c")]),
        (
            "class Chat:\n    def __init__(self):\n"
            '        self.router.add_api_route("/c", self.talk)\n'
            "    async def talk(self, request): ...\n",
            [("Chat.talk", "self.router", "/c")],
        ),
        (f'{TALK}client.post("/c", talk)', []),
        (f'{TALK}router.add_api_route("/c", other)', []),
        (f'# @router.post("/c")\n{TALK}', []),
    ],
)
def test_found(project: Project, source: str, found: list[tuple[str, str, str]]) -> None:
    marks = route_marks(project({"main.py": source}))
    assert [
        (scope.name, syntax.dotted(each.owner), each.path)
        for scope, those in marks.items()
        for each in those
    ] == found
