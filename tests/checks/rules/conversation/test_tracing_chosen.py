"""Tracing that nobody spoke of is told as an info; a word of it anywhere is enough."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.conversation.tracing_chosen import tracing_chosen

Findings = Callable[..., list[Finding]]
SERVER = """\
from agents import Runner
from chatkit.server import ChatKitServer
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        yield Runner.run_streamed(agent, "x"{more})
"""


def test_found(findings: Findings) -> None:
    (finding,) = findings(tracing_chosen, {"app/server.py": SERVER.format(more="")})
    assert (finding.where, finding.severity) == ("app/server.py:5", "info")


def test_a_setting_that_no_run_is_given_is_no_choice(findings: Findings) -> None:
    server = SERVER.format(more="") + "class Settings:\n    tracing: bool = False\n"
    (finding,) = findings(tracing_chosen, {"app/server.py": server})
    assert finding.where == "app/server.py:5"


@pytest.mark.parametrize(
    "files",
    [
        {"app/server.py": SERVER.format(more=", run_config=RunConfig(tracing_disabled=True)")},
        {"app/server.py": SERVER.format(more=""), ".env": "OPENAI_AGENTS_DISABLE_TRACING=1\n"},
        {"app/server.py": "from chatkit.server import ChatKitServer\n"},
    ],
)
def test_quiet(findings: Findings, files: dict[str, str]) -> None:
    assert not findings(tracing_chosen, files)
