"""A session of the Agents SDK that all conversations share."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.identity.agent_sessions_apart import agent_sessions_apart
from tests.checks.rules.conftest import Findings

SERVER = """\
from agents import Runner, SQLiteSession, SQLiteSession as Memory
from agents.extensions.memory import SQLAlchemySession
from chatkit.server import ChatKitServer
NAME = "all"
ONE = SQLiteSession(NAME)
class Server(ChatKitServer[dict]):
    def __init__(self, store):
        self.memory = SQLiteSession(make_name())
    def of(self, thread):
        return Memory(f"{{thread.id}}", "chat.db")
    async def respond(self, thread, item, context):
        {line}
        yield result
"""


@pytest.mark.parametrize(
    "session",
    [
        'SQLiteSession("all")',
        "Memory(session_id=NAME, db_path='x')",
        'SQLAlchemySession.from_url("chat", url=URL, create_tables=True)',
        "ONE",
        "self.memory",
    ],
)
def test_found(findings: Findings, session: str) -> None:
    line = f"result = Runner.run_streamed(agent, [], session={session})"
    (finding,) = findings(agent_sessions_apart, {"app/server.py": SERVER.format(line=line)})
    assert finding.cause == "shared session"


@pytest.mark.parametrize(
    "line",
    [
        "result = Runner.run_streamed(agent, [], session=SQLiteSession(thread.id))",
        'result = Runner.run_streamed(agent, [], session=Memory(f"{context.user}:{thread.id}"))',
        "result = Runner.run_streamed(agent, [], session=self.of(thread))",
        "result = Runner.run_streamed(agent, [], session=None)",
        "result = Runner.run_streamed(agent, [])",
        'result = await http.get(URL, session=SQLiteSession("all"))',
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    assert not findings(agent_sessions_apart, {"app/server.py": SERVER.format(line=line)})
