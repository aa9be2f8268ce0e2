"""Chat Completions without ids of its own are found; with them, or over Responses, they are not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.storage.completion_ids_replaced import completion_ids_replaced

Findings = Callable[..., list[Finding]]
SERVER = """\
from agents import OpenAIChatCompletionsModel, OpenAIResponsesModel, set_default_openai_api
from chatkit.agents import stream_agent_response
from chatkit.server import ChatKitServer
{line}
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        async for event in stream_agent_response(context, {more}):
            yield event
"""


@pytest.mark.parametrize(
    "line",
    [
        'model = OpenAIChatCompletionsModel("llama", client)',
        'set_default_openai_api("chat_completions")',
    ],
)
def test_found(findings: Findings, line: str) -> None:
    server = SERVER.format(line=line, more="result")
    (finding,) = findings(completion_ids_replaced, {"app/server.py": server})
    assert finding.where == "app/server.py:4"


@pytest.mark.parametrize(
    ("line", "more"),
    [
        ('model = OpenAIResponsesModel("gpt", client)', "result"),
        ('set_default_openai_api("responses")', "result"),
        ('model = OpenAIChatCompletionsModel("x", c)', 'renamed(result, "__fake_id__")'),
    ],
)
def test_quiet(findings: Findings, line: str, more: str) -> None:
    server = SERVER.format(line=line, more=more)
    assert not findings(completion_ids_replaced, {"app/server.py": server})
