"""A run that nothing cancels is found; one that something does, and one outside a turn, are not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.streaming.partial_answer_kept import partial_answer_kept
from tests.checks.rules.conftest import Findings

SERVER = """\
from agents import Runner
from chatkit.server import ChatKitServer
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        {line}
"""


@pytest.mark.parametrize(
    "line", ["yield Runner.run_streamed(agent, 'x')", "result = Runner.run_streamed(a, b); yield 1"]
)
def test_found(findings: Findings, line: str) -> None:
    (finding,) = findings(partial_answer_kept, {"app/server.py": SERVER.format(line=line)})
    assert finding.where == "app/server.py:5"


@pytest.mark.parametrize(
    "line",
    [
        "result = Runner.run_streamed(a, b); yield 1; result.cancel()",
        "yield await Runner.run(agent, 'x')",
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    assert not findings(partial_answer_kept, {"app/server.py": SERVER.format(line=line)})


def test_found_where_the_sdk_cannot_save(findings: Findings) -> None:
    server = (
        "from chatkit.server import ChatKitServer\n"
        "class Server(ChatKitServer[dict]):\n"
        "    async def handle_stream_cancelled(self, thread, items, context):\n"
        "        {}\n"
    )
    (finding,) = findings(partial_answer_kept, {"app/server.py": server.format("self.done = 1")})
    assert finding.where == "app/server.py:3"
    kept = "await super().handle_stream_cancelled(thread, items, context)"
    assert not findings(partial_answer_kept, {"app/server.py": server.format(kept)})


SPELLED = """\
import asyncio, contextlib
from agents import Runner as R
from chatkit.agents import stream_agent_response
from chatkit.server import ChatKitServer
from app.turns import fed, started, stopped
run = R.run_streamed
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        {line}
"""
TURNS = """\
from agents import Runner
def started(agent, text):
    return Runner.run_streamed(agent, text)
def stopped(result):
    result.cancel()
async def fed(queue, result):
    try:
        async for each in result.stream_events():
            await queue.put(each)
    finally:
        result.cancel()
"""
PLAIN = "result = R.run_streamed(a, b)\n        "
STREAM = "async for each in stream_agent_response(context, result): yield each"


@pytest.mark.parametrize(
    ("count", "line"),
    [
        (1, PLAIN + STREAM),
        (1, "result = run(a, input=b)\n        " + STREAM),
        (1, PLAIN + "print('.cancel TaskGroup aclosing(')\n        " + STREAM),
        (1, PLAIN + "self.cancelled = 1  # result.cancel()\n        " + STREAM),
        (1, PLAIN + "other = self.jobs.pop(); other.cancel()\n        " + STREAM),
        (1, PLAIN + "self.callback(thread)\n        " + STREAM),
        (1, "result = started(a, b)\n        " + STREAM),
        (0, PLAIN + "try:\n            " + STREAM + "\n        finally: result.cancel()"),
        (0, PLAIN + "try:\n            " + STREAM + "\n        finally: stopped(result)"),
        (
            0,
            PLAIN
            + "queue = asyncio.Queue(); task = asyncio.create_task(fed(queue, result))\n        yield await queue.get()",
        ),
        (0, PLAIN + "async with asyncio.TaskGroup() as group: yield 1"),
        (0, PLAIN + "stack.callback(result.cancel)\n        " + STREAM),
        (0, PLAIN + "stack.callback(stopped, result)\n        " + STREAM),
        (0, PLAIN + "self.tasks.add_task(stopped, result=result)\n        " + STREAM),
        (1, PLAIN + "stack.callback(stopped, context)\n        " + STREAM),
        (1, PLAIN + "stack.callback(started, result)\n        " + STREAM),
        (
            0,
            "result = started(a, b)\n        try:\n            "
            + STREAM
            + "\n        finally: result.cancel()",
        ),
    ],
)
def test_spelled(findings: Findings, count: int, line: str) -> None:
    files = {"app/server.py": SPELLED.replace("{line}", line), "app/turns.py": TURNS}
    assert len(findings(partial_answer_kept, files)) == count


LEFT = """\
from chatkit.server import ChatKitServer
from app.kept import kept
class Server(ChatKitServer[dict]):
    async def handle_stream_cancelled(self, thread, items, context):
        {line}
    async def _of(self, thread, items):
        await self.store.add_thread_item(thread.id, items[0], None)
"""


@pytest.mark.parametrize(
    ("count", "line"),
    [
        (1, "self.seen.add(thread.id)"),
        (1, "logger.info('saved'); self.saved = True"),
        (1, "pass  # await super().handle_stream_cancelled(thread, items, context)"),
        (1, "await self.notify(thread)"),
        (0, "await ChatKitServer.handle_stream_cancelled(self, thread, items, context)"),
        (0, "await self._of(thread, items)"),
        (0, "for each in items: await kept(each)"),
        (0, "await self.db.execute('x', items)"),
    ],
)
def test_what_is_kept(findings: Findings, count: int, line: str) -> None:
    kept = "async def kept(item):\n    await db.execute('insert into items values ($1)', item)\n"
    files = {"app/server.py": LEFT.replace("{line}", line), "app/kept.py": kept}
    assert len(findings(partial_answer_kept, files)) == count


CLOSED = """\
from chatkit.server import ChatKitServer
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        try:
            yield item
        {end}
"""


@pytest.mark.parametrize(
    ("end", "count"),
    [
        ("except BaseException:\n            yield item", 1),
        ("except (ValueError, GeneratorExit) as error:\n            yield item", 1),
        ("except:\n            yield item", 1),
        ("finally:\n            yield item", 1),
        ("except Exception:\n            yield item", 0),
        ("except BaseException:\n            raise", 0),
        ("finally:\n            await self.keep(item)", 0),
    ],
)
def test_a_generator_that_is_not_closed(findings: Findings, end: str, count: int) -> None:
    found = findings(partial_answer_kept, {"app/server.py": CLOSED.replace("{end}", end)})
    assert [each.cause for each in found] == ["closed generator"] * count
