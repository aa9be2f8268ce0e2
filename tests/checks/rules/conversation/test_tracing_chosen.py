"""Tracing that nobody decided on is told as an info; a word of it alone decides nothing."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.conversation.tracing_chosen import tracing_chosen
from tests.checks.rules.conftest import Findings

SERVER = """\
import os
from agents import RunConfig, Runner, add_trace_processor as watch, set_tracing_disabled
from chatkit.server import ChatKitServer
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        yield Runner.run_streamed(agent, "x"{more})
"""
PLAIN = SERVER.format(more="")


def test_found(findings: Findings) -> None:
    (finding,) = findings(tracing_chosen, {"app/server.py": PLAIN})
    assert (finding.where, finding.severity) == ("app/server.py:6", "info")


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "set_tracing_disabled(disabled=True)"),
        (0, "import agents\nagents.set_tracing_disabled(True)"),
        (0, "from agents import tracing as t\nt.set_trace_processors([])"),
        (0, "watch(Mine())"),
        (0, 'os.environ["OPENAI_AGENTS_DISABLE_TRACING"] = "1"'),
        (0, "OFF = {'tracing_disabled': True}\nCONFIG = RunConfig(**OFF)"),
        (0, "CONFIG = RunConfig()\nCONFIG.trace_include_sensitive_data = False"),
        (1, "SENSITIVE = True\nCONFIG = RunConfig(trace_include_sensitive_data=SENSITIVE)"),
        (1, "# set_tracing_disabled(True)"),
        (1, "print('tracing_disabled is what you want, or OPENAI_AGENTS_DISABLE_TRACING')"),
        (1, "from opentelemetry import trace\ntrace.set_tracer_provider(Provider())"),
        (1, "self.tracing.enabled = 1"),
        (1, "class Settings:\n    tracing: bool = False"),
    ],
)
def test_what_decides(findings: Findings, count: int, text: str) -> None:
    assert len(findings(tracing_chosen, {"app/server.py": f"{PLAIN}{text}\n"})) == count


@pytest.mark.parametrize(
    ("count", "files"),
    [
        (0, {"app/server.py": SERVER.format(more=", run_config=RunConfig(tracing_disabled=True)")}),
        (0, {"app/server.py": PLAIN, ".env": "OPENAI_AGENTS_DISABLE_TRACING=1\n"}),
        (0, {"app/server.py": "from chatkit.server import ChatKitServer\n"}),
        (0, {"app/server.py": f"import app.quiet\n{PLAIN}", "app/quiet.py": "{quiet}"}),
        (1, {"app/server.py": PLAIN, "tests/conftest.py": "{quiet}"}),
    ],
)
def test_where(findings: Findings, count: int, files: dict[str, str]) -> None:
    quiet = 'import os\nos.environ.setdefault("OPENAI_AGENTS_DISABLE_TRACING", "true")\n'
    files = {path: text.replace("{quiet}", quiet) for path, text in files.items()}
    assert len(findings(tracing_chosen, files)) == count
