"""A run that nothing cancels is found; one that something does, and one outside a turn, are not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.streaming.partial_answer_kept import partial_answer_kept

Findings = Callable[..., list[Finding]]
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
