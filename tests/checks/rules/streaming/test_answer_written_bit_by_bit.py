"""A turn that waits for the whole answer."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.streaming.answer_written_bit_by_bit import answer_written_bit_by_bit
from tests.checks.rules.conftest import Findings

SERVER = """\
import agents
from agents import Agent, Runner, Runner as Run
from chatkit.agents import stream_agent_response
from chatkit.server import ChatKitServer
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        {line}
        yield done(result)
    async def ask(self, agent):
        return await Runner.run(agent, "x")
async def evaluated(agent):
    return await Runner.run(agent, "x")
"""


@pytest.mark.parametrize(
    "line",
    [
        "result = await Runner.run(agent, item)",
        "result = await Run.run(starting_agent=agent, input=item)",
        "result = await agents.Runner.run(agent, item)",
        "result = await self.ask(agent)",
        "result = await evaluated(agent)",
    ],
)
def test_found(findings: Findings, line: str) -> None:
    (finding,) = findings(answer_written_bit_by_bit, {"app/server.py": SERVER.format(line=line)})
    assert finding.cause == "not streamed"


@pytest.mark.parametrize(
    "line",
    [
        "result = Runner.run_streamed(agent, item)",
        "thread.title = await self.ask(titles); result = Runner.run_streamed(agent, item)",
        "result = 'Runner.run(agent)'",
        "result = await other.run(agent)",
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    assert not findings(answer_written_bit_by_bit, {"app/server.py": SERVER.format(line=line)})
