"""Messages and answers in the log are told; ids, lengths and counts are fine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.tokens.conversation_not_logged import conversation_not_logged

Findings = Callable[..., list[Finding]]

SOURCE = """\
import asyncio
import logging
from agents import Agent, Runner, function_tool
from agents.mcp import MCPServerStreamableHttp
from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer
logger = logging.getLogger(__name__)
FEW, ORDER = 20, "asc"
LOCKS = {}
BUSY = set()
@function_tool
def search(): ...
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        {line}
"""


@pytest.mark.parametrize(
    "line",
    [
        'logger.info("asked: %s", item.content)\n        yield item',
        "print(item)\n        yield item",
        'logger.warning(f"said {item.content[0].text}")\n        yield item',
        'logger.debug("item", extra={"item": item.model_dump()})\n        yield item',
    ],
)
def test_found(findings: Findings, line: str) -> None:
    found = findings(conversation_not_logged, {"app/server.py": SOURCE.replace("{line}", line)})
    assert len(found) == 1
    assert found[0].where.startswith("app/server.py:")


@pytest.mark.parametrize(
    "line",
    [
        'logger.info("asked in %s", thread.id)\n        yield item',
        'logger.info("%d parts", len(item.content))\n        yield item',
        'logger.info("a message of %s", item.id)\n        yield item',
        "self.kept.append(item.content)  # logger.info(item)\n        yield item",
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    assert not findings(conversation_not_logged, {"app/server.py": SOURCE.replace("{line}", line)})


TALKATIVE = """\
import logging
import agents
from agents import enable_verbose_stdout_logging as verbose
from chatkit.server import ChatKitServer
from fastapi import FastAPI
app = FastAPI()
{line}
"""


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("logging.getLogger('openai').setLevel(logging.DEBUG)", True),
        ("logging.getLogger('openai.agents').setLevel('DEBUG')", True),
        (
            "L = logging.DEBUG\nfor n in ('openai', 'x'):\n    logging.getLogger(n).setLevel(L)",
            True,
        ),
        ("agents.enable_verbose_stdout_logging()", True),
        ("verbose()", True),
        ("logging.getLogger('openai').setLevel(logging.INFO)  # DEBUG", False),
        ("logging.getLogger('app.openai').setLevel(logging.DEBUG)", False),
        ("def enable_verbose_stdout_logging(): ...\nenable_verbose_stdout_logging()", False),
    ],
)
def test_what_the_models_libraries_write(findings: Findings, line: str, is_found: bool) -> None:
    found = findings(conversation_not_logged, {"app/main.py": TALKATIVE.format(line=line)})
    assert len(found) == is_found
