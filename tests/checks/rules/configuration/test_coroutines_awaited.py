"""A coroutine that is used as what it gives is found; one that is awaited or handed on is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.configuration.coroutines_awaited import coroutines_awaited
from tests.checks.rules.conftest import MAIN, TURN, Findings

MADE = """
from fastapi import Depends
from fastapi.responses import StreamingResponse
PROMPT = "Help {name}."
async def prompt(name="x"):
    return PROMPT
async def words():
    yield 1
def plain(): ...
@cached
async def marked(): ...
class Books:
    async def find(self): ...
async def books() -> Books: ...
"""


@pytest.mark.parametrize(
    "line",
    [
        "agent = Agent(name='A', instructions=prompt())",
        "agent = Agent('A', prompt())",
        "text = prompt()\n        agent = Agent(name='A', instructions=text)",
        "text = f'{prompt()} Be kind.'",
        "text = prompt() + ' Be kind.'",
        "text = PROMPT.format(name=prompt())",
        "prompt()",
        "found = books().find()",
        "found = books()\n        await found.find()",
        "found = None\n        found = books()\n        await found.find()",
        "first = prompt()[0]",
        "items = simple_to_agent_input([])\n        Runner.run_streamed(agent, items)",
        "result = Runner.run(agent, 'x')\n        yield result.final_output",
        "same = prompt() == 'x'",
        "answer = prompt()\n        if isinstance(answer, str): yield StreamingResponse(answer)",
        "for each in prompt(): ...",
    ],
)
def test_found(findings: Findings, line: str) -> None:
    server = TURN.replace("{line}", line) + MADE
    (finding,) = findings(coroutines_awaited, {"app/server.py": server})
    assert finding.where.startswith("app/server.py:1")
    assert "await" in finding.fix


def test_found_at_the_top(findings: Findings) -> None:
    server = TURN.replace("{line}", "pass") + MADE + "agent = Agent('A', instructions=prompt())\n"
    (finding,) = findings(coroutines_awaited, {"app/server.py": server})
    assert finding.where == f"app/server.py:{len(server.splitlines())}"


@pytest.mark.parametrize(
    "line",
    [
        "agent = Agent(name='A', instructions=await prompt())",
        "agent = Agent(name='A', instructions=prompt)",
        "text = prompt()\n        agent = Agent(name='A', instructions=await text)",
        "asyncio.create_task(prompt())",
        "task = asyncio.ensure_future(prompt())\n        task.add_done_callback(print)",
        "text = prompt()\n        done = await asyncio.wait_for(text, 3)\n        text.close()",
        "await asyncio.gather(prompt(), books())",
        "prompt().close()",
        "async for each in words(): ...",
        "plain()",
        "marked()",
        "await (await books()).find()",
        "def prompt(): ...\n        prompt()",
        "await simple_to_agent_input([])",
        "return prompt()",
        "# prompt()",
        "who = Depends(prompt())",
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    server = TURN.replace("{line}", line) + MADE
    assert not findings(coroutines_awaited, {"app/server.py": server})


def test_quiet_where_frames_are_gone_through(findings: Findings) -> None:
    looped = """\
    async for frame in server._process_streaming(request, {}):
        send(frame)
"""
    main = MAIN.replace("    result = ", looped + "    result = ")
    assert not findings(coroutines_awaited, {"app/main.py": main})


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("server.process(request.body(), {})", 1),
        ("server.process(body, {})", 1),
        ("server.process(await request.body(), {})", 0),
    ],
)
def test_the_body_of_a_request(findings: Findings, body: str, count: int) -> None:
    main = MAIN.replace('server.process(await request.body(), {"user": user})', body)
    main = main.replace(
        "    result = ", "    body = request.body()\n    result = ", "(body" in body
    )
    assert len(findings(coroutines_awaited, {"app/main.py": main})) == count


HANDED = """
class Desk:
    async def ask(self):
        {line}
    async def begun(self):
        async def pieces():
            yield 1
        return pieces()
    async def whole(self):
        return 1
    async def used(self):
        {use}
"""


@pytest.mark.parametrize(
    ("line", "use", "count"),
    [
        ("return self.begun()", "return await self.ask()", 1),
        ("return prompt()", "text = await self.ask(); return text", 1),
        ("text = self.whole() + 1", "return await self.ask()", 1),
        ("self.whole()", "return await self.ask()", 1),
        ("return await self.begun()", "return await self.ask()", 0),
        ("return words()", "return await self.ask()", 0),
        ("return self.whole()", "return await (await self.ask())", 0),
        ("return self.whole()", "task = asyncio.create_task(await self.ask())", 0),
        ("return plain()", "return await self.ask()", 0),
        ("return self.whole()", "pass", 0),
    ],
)
def test_what_a_coroutine_returns(findings: Findings, line: str, use: str, count: int) -> None:
    server = TURN.replace("{line}", "yield 1") + MADE + HANDED.format(line=line, use=use)
    assert len(findings(coroutines_awaited, {"app/server.py": server})) == count
