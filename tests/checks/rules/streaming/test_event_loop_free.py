"""A blocking call in a coroutine is found; awaited, in a thread, or in a function, it is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.streaming.event_loop_free import event_loop_free
from tests.checks.rules.conftest import Findings

SERVER = """\
import asyncio, time, requests, httpx
from agents import Runner
from chatkit.server import ChatKitServer
from openai import AsyncOpenAI, OpenAI
from jwt import PyJWKClient
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.ext.asyncio import async_sessionmaker
keys = PyJWKClient(URL)
client, other = OpenAI(), AsyncOpenAI()
sync = OpenAI()
session = requests.Session()
Rows, AsyncRows = sessionmaker(create_engine(URL)), async_sessionmaker(create_async_engine(URL))
rows = AsyncRows()
class Server(ChatKitServer[dict]):
    {prefix}def respond(self, thread, item, context, database: Annotated[Session, 1]):
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
        "Rows().execute('select 1')",
        "database.commit()",
    ],
)
def test_found(findings: Findings, call: str) -> None:
    server = SERVER.format(prefix="async ", call=call)
    (finding,) = findings(event_loop_free, {"app/server.py": server})
    assert finding.where == "app/server.py:16"


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
        ("async ", "await rows.execute('select 1')"),
        ("async ", "rows.add(item)"),
        ("async ", "other.commit()"),
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


SPELLED = """\
import asyncio
import functools
import time
import requests as web
from time import sleep as pause
from fastapi import FastAPI
from openai import AsyncOpenAI, OpenAI
from chatkit.server import ChatKitServer
from app import clients
from app.clients import client, fetched, fresh, made
KEYS = None
class Server(ChatKitServer[dict]):
    def __init__(self, store, given: OpenAI):
        self.client, self.given = OpenAI(), given
        self.keys = None
    def _plain(self):
        return web.get(URL)
    async def respond(self, thread, item, context):
        # time.sleep(1)
{body}
        yield item
async def opened(app):
    pause(1)
    yield
app = FastAPI(lifespan=opened)
"""
CLIENTS = """\
import time
from functools import lru_cache as remembered
from jwt import PyJWKClient
from openai import OpenAI
client = OpenAI()
KEYS = None
def kept():
    global KEYS
    if KEYS is None:
        KEYS = PyJWKClient(URL)
    return KEYS
def made():
    return OpenAI()
def fetched():
    time.sleep(1)
@remembered
def fresh():
    time.sleep(1)
"""
BLOCKS = {
    "an alias": "pause(1)",
    "an alias of the module": "web.post(URL)",
    "an attribute": "self.client.responses.create(model='m')",
    "of another module": "client.responses.create(model='m')",
    "by its module": "clients.client.responses.create(model='m')",
    "a helper that makes it": "made().responses.create(model='m')",
    "a name for it": "asked = made()\nasked.models.list()",
    "keys that are kept": "clients.kept().get_signing_key_from_jwt(item)",
    "with": "with web.Session() as session:\n    session.get(URL)",
    "a helper of another module": "fetched()",
    "a method": "self._plain()",
    "a function inside": "def work():\n    pause(1)\nwork()",
    "a partial": "functools.partial(web.get, URL)()",
}
FREE = {
    "a thread": "await asyncio.to_thread(web.get, URL)",
    "a thread with a function": "def work():\n    pause(1)\nawait asyncio.to_thread(work)",
    "an executor": "await loop.run_in_executor(None, functools.partial(web.get, URL))",
    "asynchronous": "await AsyncOpenAI().responses.create(model='m')",
    "with": "async with aiohttp.ClientSession() as session:\n    await session.get(URL)",
    "remembered": "fresh()",
    "fetched once": "if self.keys is None:\n    self.keys = web.get(URL).json()",
    "a dict": "context.get('user')",
    "a list": "self.rows.list()",
    "other things of the module": "time.monotonic()",
}


def spelled(body: str) -> dict[str, str]:
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    return {"app/server.py": SPELLED.replace("{body}\n", lines), "app/clients.py": CLIENTS}


@pytest.mark.parametrize("name", BLOCKS)
def test_blocking_in_whatever_way(findings: Findings, name: str) -> None:
    assert len(findings(event_loop_free, spelled(BLOCKS[name]))) == 1


@pytest.mark.parametrize("name", FREE)
def test_what_blocks_nobody(findings: Findings, name: str) -> None:
    assert not findings(event_loop_free, spelled(FREE[name]))
