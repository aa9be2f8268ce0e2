"""Chat Completions without ids of its own are found; with them, or over Responses, they are not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.storage.completion_ids_replaced import completion_ids_replaced
from tests.checks.rules.conftest import Findings

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


SPELLED = """\
import agents
from agents import OpenAIChatCompletionsModel as Chat, set_default_openai_api as choose
from agents.models.fake_id import FAKE_RESPONSES_ID as FAKE
from chatkit.agents import stream_agent_response as streamed
from chatkit.server import ChatKitServer
API = "chat_completions"
{model}
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        fresh = self.store.generate_item_id("message", thread, context)
        async for event in streamed(context, result):
            {line}
            yield event
"""
MODEL = "model = Chat('llama', client)"


@pytest.mark.parametrize(
    "model",
    [
        MODEL,
        "choose(API)",
        "agents.set_default_openai_api(api='chat_completions')",
        "config = agents.RunConfig(model_provider=agents.OpenAIProvider(use_responses=False))",
        "agent = agents.Agent(name='a', model='litellm/anthropic/claude')",
    ],
)
@pytest.mark.parametrize(
    ("count", "line"),
    [
        (1, "pass  # __fake_id__ event.item.id = fresh"),
        (1, "print('its id is __fake_id__', fresh)"),
        (1, "new_id = fresh"),
        (1, "self.item.id = fresh"),
        (0, "event.item.id=fresh"),
        (0, "done = event.item; done.id = fresh"),
        (0, "setattr(event, 'item_id', fresh)"),
        (
            0,
            "event = event.model_copy(update={'item': event.item.model_copy(update=dict(id=fresh))})",
        ),
        (0, "event = renamed(event) if event.item.id == FAKE else event"),
    ],
)
def test_spelled(findings: Findings, count: int, line: str, model: str) -> None:
    server = SPELLED.format(model=model, line=line)
    assert len(findings(completion_ids_replaced, {"app/server.py": server})) == count


@pytest.mark.parametrize(
    ("count", "line"),
    [
        (0, "item.id = uuid4().hex"),
        (0, "item = item.model_copy(update={'id': new})"),
        (1, "row.id = item.id"),
    ],
)
def test_in_the_store(findings: Findings, count: int, line: str) -> None:
    store = "from chatkit.store import Store\nclass S(Store[dict]):\n"
    store += f"    async def save_item(self, thread_id, item, context):\n        {line}\n"
    files = {"app/server.py": SPELLED.format(model=MODEL, line="pass"), "app/store.py": store}
    assert len(findings(completion_ids_replaced, files)) == count
