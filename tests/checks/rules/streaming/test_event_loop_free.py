"""A blocking call in a coroutine is found; awaited, in a thread, or in a function, it is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.rules.streaming.event_loop_free import event_loop_free

Findings = Callable[..., list[Finding]]
SERVER = """\
import asyncio, time, requests, httpx
from agents import Runner
from chatkit.server import ChatKitServer
from openai import AsyncOpenAI, OpenAI
from jwt import PyJWKClient
keys = PyJWKClient(URL)
client, other = OpenAI(), AsyncOpenAI()
sync = OpenAI()
session = requests.Session()
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
        "OpenAI().models.list()",
        "session.get(URL)",
        "httpx.Client().post(URL)",
        "keys.get_signing_key_from_jwt(token)",
    ],
)
def test_found(findings: Findings, call: str) -> None:
    server = SERVER.format(prefix="async ", call=call)
    (finding,) = findings(event_loop_free, {"app/server.py": server})
    assert finding.where == "app/server.py:12"


@pytest.mark.parametrize(
    ("prefix", "call"),
    [
        ("", "time.sleep(1)"),
        ("async ", "asyncio.sleep(1)"),
        ("async ", "asyncio.to_thread(requests.post, URL)"),
        ("async ", "asyncio.to_thread(lambda: requests.post(URL))"),
        ("async ", "await keys.get_signing_key_from_jwt(token)"),
        ("async ", "httpx.AsyncClient().get(URL)"),
        ("async ", "await other.models.list()"),
        ("async ", "other.responses.create(model='m')"),
        ("async ", "thread.metadata.get('x')"),
        ("async ", "requests_like.post(URL)"),
    ],
)
def test_quiet(findings: Findings, prefix: str, call: str) -> None:
    server = SERVER.format(prefix=prefix, call=call)
    assert not findings(event_loop_free, {"app/server.py": server})


AUTH = """\
import functools
import jwt
import requests
from fastapi import Request
keys = jwt.PyJWKClient(URL)
{prefix}def get_current_user(request: Request) -> str:
    return Verifier().verified(request) if OTHERS else verified(request)
class Verifier:
    def verified(self, request):
        return self.read(request)
    def read(self, request):
        return jwt.decode(request.token, keys.get_signing_key_from_jwt(request.token).key)
{mark}def fetched():
    return requests.get(URL).json()
def verified(request):
    return jwt.decode(request.token, fetched())
"""


def test_functions_that_a_coroutine_of_the_sign_in_calls(findings: Findings) -> None:
    auth = AUTH.format(prefix="async ", mark="")
    made, one = findings(event_loop_free, {"app/auth.py": auth})
    assert [made.where, one.where] == ["app/auth.py:12", "app/auth.py:14"]
    assert one.evidence == "`fetched` does it, which `async def get_current_user` calls."
    auth = auth.replace("Verifier().verified(request) if OTHERS else ", "")
    auth = auth.replace("verified(request)\nclass", "verifier.verified(request)\nclass")
    both = findings(event_loop_free, {"app/auth.py": f"{auth}verifier = Verifier()\n"})
    assert [each.where for each in both] == ["app/auth.py:12"]


@pytest.mark.parametrize(
    ("prefix", "mark"), [("", ""), ("async ", "@functools.lru_cache\n")], ids=["thread", "once"]
)
def test_quiet_in_a_thread_and_where_it_is_once(findings: Findings, prefix: str, mark: str) -> None:
    auth = AUTH.format(prefix=prefix, mark=mark).replace(
        "Verifier().verified(request) if OTHERS else ", ""
    )
    assert not findings(event_loop_free, {"app/auth.py": auth})
