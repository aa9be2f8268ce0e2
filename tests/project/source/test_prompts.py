"""What models are told is found, however it is given; what other functions are told is not."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.prompts import prompts
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
