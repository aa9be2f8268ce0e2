"""A run whose tools may be invented is an info; one that survives that, or has none, is quiet."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.mcp.invented_tools_survived import invented_tools_survived
from tests.checks.rules.conftest import Findings

SERVER = """\
from agents import Agent, RunConfig, Runner
from chatkit.server import ChatKitServer
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        agent = Agent(name="a"{given})
        result = Runner.run_streamed(agent, "x"{config})
        yield result
"""


@pytest.mark.parametrize("given", [", tools=[add]", ", mcp_servers=[server]", ", **options"])
def test_found(findings: Findings, given: str) -> None:
    server = SERVER.format(given=given, config="")
    (finding,) = findings(invented_tools_survived, {"app/server.py": server})
    assert (finding.where, finding.severity) == ("app/server.py:6", "info")


@pytest.mark.parametrize(
    ("given", "config"),
    [
        ("", ""),
        (
            ", tools=[add]",
            ', run_config=RunConfig(tool_not_found_behavior="return_error_to_model")',
        ),
        (", tools=[add]", ", **options"),
    ],
)
def test_quiet(findings: Findings, given: str, config: str) -> None:
    server = SERVER.format(given=given, config=config)
    assert not findings(invented_tools_survived, {"app/server.py": server})


def test_quiet_where_it_is_set_afterwards(findings: Findings) -> None:
    name = "tool_not_found_behavior"
    config = f", run_config=config)\n        print(config.{name}"
    server = SERVER.format(given=", tools=[add]", config=config)
    assert findings(invented_tools_survived, {"app/server.py": server})
    is_set = server.replace("agent =", f'config.{name} = "return_error_to_model"\n        agent =')
    assert not findings(invented_tools_survived, {"app/server.py": is_set})


SPELLED = """\
import agents
from agents import Agent, ModelBehaviorError as Invented, RunConfig, Runner
from chatkit.server import ChatKitServer
LOST = (Invented, OSError)
TOLD = {{"tool_not_found_behavior": "return_error_to_model"}}
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        agent = Agent(name="a", tools=[add])
        try:
            yield Runner.run_streamed(agent, "x"{config})
        except {kind}:
            yield thread  # ModelBehaviorError, tool_not_found_behavior
"""


@pytest.mark.parametrize(
    ("count", "kind", "config"),
    [
        (1, "Exception", ""),
        (1, "agents.MaxTurnsExceeded", ", context='ModelBehaviorError'"),
        (0, "Invented", ""),
        (0, "agents.AgentsException", ""),
        (0, "LOST", ""),
        (0, "Exception", ", run_config=RunConfig(**TOLD)"),
    ],
)
def test_spelled(findings: Findings, count: int, kind: str, config: str) -> None:
    server = SPELLED.format(kind=kind, config=config)
    assert len(findings(invented_tools_survived, {"app/server.py": server})) == count


def test_the_run_that_answers_is_the_place(findings: Findings) -> None:
    title = "    async def title(self, text):\n        return await Runner.run(namer, text)\n"
    server = SERVER.format(given=", tools=[add]", config="")
    server = server.replace("    async def respond", f"{title}    async def respond")
    (finding,) = findings(invented_tools_survived, {"app/server.py": server})
    assert finding.where == "app/server.py:8"
