"""However a key reaches the SDK, nothing is told; what only speaks of it does not count."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.configuration.model_key_reaches_sdk import model_key_reaches_sdk
from tests.checks.rules.conftest import Findings

KEY = """\
import os
from agents import Agent, Runner
from chatkit.server import ChatKitServer
{top}
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        {line}
        yield Runner.run_streamed(Agent(name="a"), "x")
"""


def key(top: str = "", line: str = "pass", **files: str) -> dict[str, str]:
    return {
        "app/server.py": KEY.format(top=top, line=line),
        ".env": "OPENAI_API_KEY=sk-abc\n",
        **files,
    }


SPELLINGS = [
    ("straight", key(), True),
    ("comment", key(line="pass  # load_dotenv()"), True),
    ("text", key(line='print("api_key= is missing")'), True),
    ("other api_key", key(top='maps = Maps(api_key="x")'), True),
    ("load", key(top="from dotenv import load_dotenv\nload_dotenv()"), False),
    ("load alias", key(top="from dotenv import load_dotenv as load\nload()"), False),
    ("module", key(top="import dotenv\ndotenv.load_dotenv()"), False),
    ("imported only", key(top="from dotenv import load_dotenv"), True),
    (
        "client",
        key(top="from openai import AsyncOpenAI\nclient = AsyncOpenAI(api_key=settings.key)"),
        False,
    ),
    (
        "client spread",
        key(
            top='from openai import AsyncOpenAI\nclient = AsyncOpenAI(**{"api_key": settings.key})'
        ),
        False,
    ),
    (
        "client positional?",
        key(top="from agents import set_default_openai_key as k\nk(settings.key)"),
        False,
    ),
    ("environ set", key(top='os.environ["OPENAI_API_KEY"] = settings.key'), False),
    ("setdefault", key(top='os.environ.setdefault("OPENAI_API_KEY", settings.key)'), False),
    ("update", key(top="os.environ.update(dotenv_values())", line="pass"), False),
    (
        "test only",
        key(**{"tests/conftest.py": "from dotenv import load_dotenv\nload_dotenv()\n"}),
        True,
    ),
]


@pytest.mark.parametrize(("name", "files", "is_found"), SPELLINGS, ids=[e[0] for e in SPELLINGS])
def test_spelled_otherwise(
    findings: Findings, name: str, files: dict[str, str], is_found: bool
) -> None:
    assert bool(findings(model_key_reaches_sdk, files)) == is_found
