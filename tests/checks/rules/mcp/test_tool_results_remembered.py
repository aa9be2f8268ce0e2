"""Tools whose calls nothing keeps are found; a session, hidden items or no tools are fine."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.mcp.tool_results_remembered import tool_results_remembered
from tests.checks.rules.conftest import Findings

SERVER = """\
from agents import Agent, Runner
from chatkit.server import ChatKitServer
{above}
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        yield Agent(name="a", {given})
"""


@pytest.mark.parametrize("given", ["tools=[add]", "mcp_servers=[server]"])
def test_found(findings: Findings, given: str) -> None:
    server = SERVER.format(above="", given=given)
    (finding,) = findings(tool_results_remembered, {"app/server.py": server})
    assert finding.where == "app/server.py:6"


def test_an_agent_that_a_function_makes_is_found(findings: Findings) -> None:
    above = 'def make():\n    return Agent(name="a", tools=[add])'
    server = SERVER.format(above=above, given="").replace('Agent(name="a", )', "make()")
    (finding,) = findings(tool_results_remembered, {"app/server.py": server})
    assert finding.where == "app/server.py:4"


@pytest.mark.parametrize(
    "above",
    [
        "def shown(item: HiddenContextItem): ...",
        "def keep(call):\n    HiddenContextItem(content=call)",
    ],
)
def test_what_reads_them_or_is_never_called_keeps_none(findings: Findings, above: str) -> None:
    assert findings(
        tool_results_remembered, {"app/server.py": SERVER.format(above=above, given="tools=[add]")}
    )


@pytest.mark.parametrize(
    ("above", "given"),
    [
        ("kept = HiddenContextItem(content=call)", "tools=[add]"),
        ("Runner.run(agent, session=memory)", "tools=[add]"),
        ("", "instructions='x'"),
    ],
)
def test_quiet(findings: Findings, above: str, given: str) -> None:
    server = SERVER.format(above=above, given=given)
    assert not findings(tool_results_remembered, {"app/server.py": server})


HOOKED = """\
from agents import RunHooks, Runner
from chatkit.server import ChatKitServer
from chatkit.types import HiddenContextItem
class Memory(RunHooks):
    async def on_tool_end(self, *_):
        await self.save(HiddenContextItem())
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        yield Runner.run_streamed(agent, items{hooks})
"""


def test_found_where_the_hooks_are_not_given(findings: Findings) -> None:
    (finding,) = findings(tool_results_remembered, {"app/server.py": HOOKED.format(hooks="")})
    assert finding.where == "app/server.py:9"
    given = HOOKED.format(hooks=", hooks=Memory()")
    assert not findings(tool_results_remembered, {"app/server.py": given})


SPELLED = """\
from agents import Agent, Runner, SQLiteSession
from agents import Runner as Agents
from chatkit.server import ChatKitServer
from chatkit.types import HiddenContextItem as Hidden
{above}
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        agent = Agent(name="a", tools=[add])
        {run}
        {after}
"""
RUN = "yield Runner.run_streamed(agent, items)"


@pytest.mark.parametrize(
    ("above", "run", "after", "is_found"),
    [
        ("db = AsyncSession()", RUN, "", True),
        ("store = Store(session=db)", RUN, "", True),
        ("", "yield Runner.run_streamed(agent, items, session=None)", "", True),
        ("# session=memory, to_input_list", RUN, '"""HiddenContextItem(...)"""', True),
        ("", "yield Agents.run(agent, items, session=SQLiteSession(thread.id))", "", False),
        ("", "yield Runner.run(agent, items, previous_response_id=thread.last)", "", False),
        ("", "how = {'session': memory}; yield Runner.run(agent, items, **how)", "", False),
        ("", "yield Runner.run(agent, items, **options(thread))", "", False),
        ("", RUN, "await self.store.save(Hidden(content=calls))", False),
        (
            "def kept(calls):\n    return Hidden(content=calls)",
            RUN,
            "self.save(kept(calls))",
            False,
        ),
        ("", RUN, "self.save(result.to_input_list())", False),
    ],
)
def test_however_it_is_spelled(
    findings: Findings, above: str, run: str, after: str, is_found: bool
) -> None:
    server = SPELLED.format(above=above, run=run, after=after)
    assert len(findings(tool_results_remembered, {"app/server.py": server})) == is_found
