"""A key that only settings see is found; loaded, given or set elsewhere, it is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.configuration.model_key_reaches_sdk import model_key_reaches_sdk
from tests.checks.rules.conftest import Findings

SERVER = """\
from agents import Runner
from chatkit.server import ChatKitServer
{line}
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        yield Runner.run_streamed(agent, "x")
"""
ENV = "# model\nOPENAI_API_KEY=hunter2\n"


@pytest.fixture(autouse=True)
def without_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def test_found(findings: Findings) -> None:
    files = {"app/server.py": SERVER.format(line="key = settings.openai_api_key"), ".env": ENV}
    (finding,) = findings(model_key_reaches_sdk, files)
    assert finding.where == ".env:2"
    assert "hunter2" not in repr(finding)


@pytest.mark.parametrize(
    "files",
    [
        {"app/server.py": SERVER.format(line="load_dotenv()"), ".env": ENV},
        {
            "app/server.py": SERVER.format(
                line="from openai import AsyncOpenAI\nclient = AsyncOpenAI(api_key=key)"
            ),
            ".env": ENV,
        },
        {"app/server.py": SERVER.format(line=""), ".env": "OTHER=1\n"},
        {"app/server.py": SERVER.format(line=""), ".env": ENV, "compose.yaml": "env_file: .env\n"},
    ],
)
def test_quiet(findings: Findings, files: dict[str, str]) -> None:
    assert not findings(model_key_reaches_sdk, files)
