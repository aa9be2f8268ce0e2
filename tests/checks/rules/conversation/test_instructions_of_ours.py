"""History in the system prompt is found, however it gets there; what the owner wrote is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.conversation.instructions_of_ours import instructions_of_ours

Findings = Callable[..., list[Finding]]
SERVER = """\
from agents import Agent
from chatkit.server import ChatKitServer
PROMPT = "Help {{name}}. {{history}}"
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        history = "x"
        yield {agent}
"""


@pytest.mark.parametrize(
    "agent",
    [
        "Agent(name='a', instructions=PROMPT.format(name=1, history=history))",
        "Agent(name='a', instructions=f'Help. {conversation}')",
    ],
)
def test_found(findings: Findings, agent: str) -> None:
    (finding,) = findings(instructions_of_ours, {"app/server.py": SERVER.format(agent=agent)})
    assert finding.where == "app/server.py:7"


@pytest.mark.parametrize(
    "agent",
    [
        "Agent(name='a', instructions=PROMPT.format(name=1))",
        "Agent(name='a', instructions=f'Help {name}.')",
        "'{}'.format(history=history)",
    ],
)
def test_quiet(findings: Findings, agent: str) -> None:
    server = SERVER.replace("{agent}", agent)
    assert not findings(instructions_of_ours, {"app/server.py": server})


def test_quiet_in_a_function_that_nobody_calls(findings: Findings) -> None:
    old = (
        'def old(history):\n    return SYSTEM_PROMPT.format(history=history)\nSYSTEM_PROMPT = ""\n'
    )
    assert not findings(instructions_of_ours, {"app/old.py": f"import chatkit\n{old}"})


MADE = """\
from agents import Agent
from chatkit.agents import simple_to_agent_input
from chatkit.server import ChatKitServer
def make(lines):
    return Agent(name="a", instructions="Help." + str(lines))
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        said = {said}
        yield make(said)
"""


@pytest.mark.parametrize(
    ("said", "count"), [("await simple_to_agent_input(page.data)", 1), ("today()", 0)]
)
def test_what_a_function_is_given(findings: Findings, said: str, count: int) -> None:
    found = findings(instructions_of_ours, {"app/server.py": MADE.format(said=said)})
    assert len(found) == count
