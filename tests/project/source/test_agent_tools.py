"""What makes a tool of a function is followed, and no other function is one."""

from __future__ import annotations

from chatkit_agent.project.source.agent_tools import tools_of
from chatkit_agent.project.source.anatomy import Anatomy
from tests.project.source.conftest import Project

SOURCE = """\
import agents
from agents import FunctionTool, function_tool as tool
from chatkit.server import ChatKitServer
from app.others import later, never
@tool
def plain(): ...
@agents.function_tool(name_override="x")
def named(): ...
def by_place(): ...
def by_keyword(): ...
async def run(context, arguments): ...
def none(): ...
@cached
def cached_only(): ...
TOOLS = [tool(by_place), tool(func=by_keyword), tool(later), FunctionTool("x", "X.", {}, run)]
"""


def test_tools(project: Project) -> None:
    others = "def later(): ...\ndef never(): ...\n"
    code = project({"main.py": SOURCE, "app/others.py": others, "app/__init__.py": ""})
    found = {each.name for each in tools_of(Anatomy(code))}
    assert found == {"plain", "named", "by_place", "by_keyword", "later", "run"}
