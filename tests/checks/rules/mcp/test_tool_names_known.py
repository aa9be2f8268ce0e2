"""A name that nothing defines, and a text, are told."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.mcp.tool_names_known import tool_names_known
from tests.checks.rules.conftest import MAIN, TURN, Findings

MORE = """\
import agents as sdk
from agents import function_tool
from app.hours import hours as read_hours
def hours(): ...
def make(): return function_tool(hours)
@sdk.function_tool(name_override="opening")
def named(): ...
@registered
def marked(): ...
"""
HOURS = {"app/hours.py": "def hours(): ...\n", "app/__init__.py": ""}


@pytest.mark.parametrize(
    "line",
    [
        'yield Agent(name="A", tools=[serach])',
        'yield Agent(name="A", tools=[search, "lookup"])',
        'yield Agent(name="A", tools=[hours])',
        'yield Agent(name="A", tools=[search, read_hours])',
        'yield Agent(name="A", tools=[search()])',
        'yield Agent(name="A", tools=[named()])',
    ],
)
def test_found(findings: Findings, line: str) -> None:
    found = findings(
        tool_names_known, {"app/server.py": MORE + TURN.replace("{line}", line), **HOURS}
    )
    assert len(found) == 1
    assert found[0].where.startswith("app/server.py:")


@pytest.mark.parametrize(
    "line",
    [
        'yield Agent(name="A", tools=[search])',
        'yield Agent(name="A", tools=[named])',
        'yield Agent(name="A", tools=[make()])',
        'yield Agent(name="A", tools=[marked])',
        'yield Agent(name="A", tools=[function_tool(hours)])',
        'more = search\n        yield Agent(name="A", tools=[more])',
        'yield Agent(name="A", tools=self.tools)',
        'yield Agent(name="A", tools=[tool for tool in self.tools])',
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    files = {"app/server.py": MORE + TURN.replace("{line}", line), **HOURS}
    assert not findings(tool_names_known, files)


def test_a_filter_is_compared_with_the_projects_own_server(findings: Findings) -> None:
    server = (
        TURN
        + """
from agents.mcp import create_static_tool_filter
from mcp.server.fastmcp import FastMCP
mcp = FastMCP("notes")
@mcp.tool()
def add_note(): ...
ALLOWED = create_static_tool_filter(allowed_tool_names=["{name}"])
"""
    )
    server = server.replace("{line}", "yield item")
    (finding,) = findings(tool_names_known, {"app/server.py": server.replace("{name}", "add_nota")})
    assert "add_nota" in finding.evidence
    assert not findings(tool_names_known, {"app/server.py": server.replace("{name}", "add_note")})


TOOLS_OF_ROUTES = """\
from chatkit.server import ChatKitServer
from app.chatkit_runtime.route_tools import RouteTools
MINE = "GET /tasks/{{task_id}}"
class Tools(RouteTools):
    routes = ({given},)
class Server(ChatKitServer[dict]): ...
"""
OF_TASKS = """
@app.get("/tasks")
def tasks(): ...
@app.get("/tasks/{task_id}")
def task(task_id: int): ...
@app.post("/tasks")
def add(): ...
"""


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ('"GET /taks"', 1),
        ('"GET /tasks/{id}"', 1),
        ('"GET", "GET /task/{task_id}"', 1),
        ('MINE, "GET /tasks", "GET"', 0),
        ('"POST /tasks"', 0),
        ('"GET /reports/daily"', 0),
    ],
)
def test_a_route_that_is_no_tool(findings: Findings, given: str, count: int) -> None:
    files = {
        "app/server.py": TOOLS_OF_ROUTES.format(given=given),
        "app/chatkit_runtime/route_tools.py": "class RouteTools:\n    routes = ('GET',)\n",
        "app/main.py": MAIN + OF_TASKS,
    }
    found = findings(tool_names_known, files)
    assert ["no such route" in each.what for each in found] == [True] * count
