"""A server that never loads what was said is found; any way to remember is fine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.conversation.history_given import history_given

Findings = Callable[..., list[Finding]]
SERVER = """\
from agents import Runner
from chatkit.server import ChatKitServer
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        {line}
        yield Runner.run_streamed(agent, "x"{more})
"""
STORE = (
    "from chatkit.store import Store\nclass S(Store[dict]):\n    def load_thread_items(self): ...\n"
)


def test_found(findings: Findings) -> None:
    server = SERVER.format(line="pass", more="")
    (finding,) = findings(history_given, {"app/server.py": server, "app/store.py": STORE})
    assert finding.where == "app/server.py:6"


def test_a_store_in_the_same_file_is_no_server(findings: Findings) -> None:
    server = SERVER.format(line="pass", more="")
    (finding,) = findings(history_given, {"app/server.py": STORE + server})
    assert finding.where == "app/server.py:9"
    loads = SERVER.format(line="items = await self.store.load_thread_items(thread.id)", more="")
    assert not findings(history_given, {"app/server.py": STORE + loads})


@pytest.mark.parametrize(
    ("line", "more"),
    [
        ("items = await self.store.load_thread_items(thread.id)", ""),
        ("pass", ", previous_response_id=last"),
        ("pass", ", session=memory"),
    ],
)
def test_quiet(findings: Findings, line: str, more: str) -> None:
    assert not findings(history_given, {"app/server.py": SERVER.format(line=line, more=more)})
