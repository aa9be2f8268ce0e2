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


TURN = """\
import logging
from agents import Agent, Runner
from chatkit import types as ck
from chatkit.agents import stream_agent_response
from chatkit.agents import stream_agent_response as streamed
from chatkit.server import ChatKitServer
from chatkit.types import ProgressUpdateEvent, ThreadItemDoneEvent as Done
from app.widgets import card, closing
logger = logging.getLogger(__name__)
class Server(ChatKitServer[dict]):
    def make(self):
        return Done(item=1)
    async def more(self, chat):
        yield Done(item=1)
    async def respond(self, thread, item, context):
        yield ProgressUpdateEvent(text="Thinking")
        {line}
"""
WIDGETS = """\
from chatkit.types import ThreadItemDoneEvent
def card(item):
    ThreadItemDoneEvent(item=item)
    return item
async def closing(item):
    yield ThreadItemDoneEvent(item=item)
"""
LOOP = "async for event in {call}:\n            {body}"


def turn(line: str) -> dict[str, str]:
    return {"app/server.py": TURN.replace("{line}", line), "app/widgets.py": WIDGETS}


@pytest.mark.parametrize(
    "line",
    [
        "Done(item=item)",
        "ck.ErrorEvent(message='x')",
        "event = Done(item=item)",
        "if item: ck.ThreadItemDoneEvent(item)",
        "card(item)",
        "closing(item)",
        "await closing(item)",
        "self.more(item)",
        "yield stream_agent_response(chat, result)",
        "events = streamed(chat, result)\n        yield events",
        LOOP.format(call="stream_agent_response(chat, result)", body="pass"),
        LOOP.format(call="streamed(chat, result)", body="logger.info('%s', event)"),
        LOOP.format(call="self.more(chat)", body="print(event)"),
    ],
)
def test_found_where_nothing_is_yielded(findings: Findings, line: str) -> None:
    (finding,) = findings(answer_written_bit_by_bit, turn(line))
    assert finding.severity == "error"


@pytest.mark.parametrize(
    "line",
    [
        "yield Done(item=item)",
        "event = Done(item=item)\n        yield event",
        "yield self.make()",
        "await queue.put(Done(item=item))",
        "self.last = Done(item=item)",
        "# Done(item=item)",
        "other.Done(item=item)",
        LOOP.format(call="stream_agent_response(chat, result)", body="yield event"),
        LOOP.format(call="streamed(chat, result)", body="await queue.put(event)"),
        LOOP.format(call="closing(item)", body="logger.info('%s', event); yield event"),
        LOOP.format(call="result.stream_events()", body="pass"),
    ],
)
def test_quiet_where_it_is_yielded(findings: Findings, line: str) -> None:
    assert not findings(answer_written_bit_by_bit, turn(line))


RESPONDING = """\
from chatkit.agents import stream_agent_response
from chatkit.server import ChatKitServer
class Server(ChatKitServer[dict]):
    {kind} respond(self, thread, item, context):
        {line}
    async def answer(self, thread):
        yield thread
"""


@pytest.mark.parametrize(
    ("kind", "line", "count"),
    [
        ("async def", "return stream_agent_response(chat, result)", 1),
        ("async def", "return [e async for e in self.answer(thread)]", 1),
        ("async def", "async def inner():\n            yield 1\n        return inner()", 1),
        ("async def", "await self.store.save(item)", 1),
        ("def", "return self.answer(thread)", 0),
        ("async def", "raise NotImplementedError('later')", 0),
        ("async def", "yield make(item)", 0),
    ],
)
def test_a_turn_that_gives_no_events(findings: Findings, kind: str, line: str, count: int) -> None:
    server = RESPONDING.replace("{kind}", kind).replace("{line}", line)
    assert len(findings(answer_written_bit_by_bit, {"app/server.py": server})) == count
