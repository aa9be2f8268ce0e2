"""What models are told is found, however it is given, and what makes a tool of a function."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.prompts import prompts, tools_of
from tests.project.source.conftest import Project

SOURCE = """\
import agents
from agents import Agent as A
{rest}
"""


@pytest.mark.parametrize(
    ("rest", "told"),
    [
        ("a = A(name='a', instructions='Hi')", ["'Hi'"]),
        ("a = agents.Agent(instructions=TEXT)", ["TEXT"]),
        ("a = b.clone(instructions='Hi')", ["'Hi'"]),
        ("b.instructions = 'Hi'", ["'Hi'"]),
        ("b.instructions += 'Hi'", ["'Hi'"]),
        ("a = A(instructions=lambda w, a: w.name)", ["w.name"]),
        ("def made(w, a):\n    return w.name\na = A(instructions=made)", ["w.name"]),
        ("go([{'role': 'system', 'content': TEXT}])", ["TEXT"]),
        ("go([{'role': 'user', 'content': TEXT}])", []),
        ("go(Message(role='developer', content=TEXT))", ["TEXT"]),
        ("go(instructions=TEXT)", []),
        ("instructions = TEXT", []),
    ],
)
def test_prompts(project: Project, rest: str, told: list[str]) -> None:
    chat = Anatomy(project({"main.py": SOURCE.format(rest=rest)}))
    assert [syntax.code(node) for _, node in prompts(chat)] == told


TOOLS = """\
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
    code = project({"main.py": TOOLS, "app/others.py": others, "app/__init__.py": ""})
    found = {each.name for each in tools_of(Anatomy(code))}
    assert found == {"plain", "named", "by_place", "by_keyword", "later", "run"}
