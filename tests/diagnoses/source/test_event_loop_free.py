"""A blocking call in a coroutine is found; awaited, in a thread, or in a function, it is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.diagnoses.source.event_loop_free import event_loop_free
from chatkit_agent.findings import Finding

Findings = Callable[..., list[Finding]]
SERVER = """\
import asyncio, time, requests, httpx
from agents import Runner
from chatkit.server import ChatKitServer
from openai import AsyncOpenAI, OpenAI
client, other = OpenAI(), AsyncOpenAI()
sync = OpenAI()
class Server(ChatKitServer[dict]):
    {prefix}def respond(self, thread, item, context):
        yield {call}
"""


@pytest.mark.parametrize(
    "call",
    [
        "time.sleep(1)",
        "requests.post(URL)",
        "httpx.get(URL)",
        "Runner.run_sync(agent, 'x')",
        "sync.responses.create(model='m')",
    ],
)
def test_found(findings: Findings, call: str) -> None:
    server = SERVER.format(prefix="async ", call=call)
    (finding,) = findings(event_loop_free, {"app/server.py": server})
    assert finding.where == "app/server.py:9"


@pytest.mark.parametrize(
    ("prefix", "call"),
    [
        ("", "time.sleep(1)"),
        ("async ", "asyncio.sleep(1)"),
        ("async ", "asyncio.to_thread(requests.post, URL)"),
        ("async ", "httpx.AsyncClient().get(URL)"),
        ("async ", "requests_like.post(URL)"),
    ],
)
def test_quiet(findings: Findings, prefix: str, call: str) -> None:
    server = SERVER.format(prefix=prefix, call=call)
    assert not findings(event_loop_free, {"app/server.py": server})
