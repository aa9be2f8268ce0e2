"""What belongs to one turn, kept where every turn reads it."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.identity.turns_kept_apart import turns_kept_apart
from tests.checks.rules.conftest import MAIN, Findings

SERVER = """\
import threading
from contextvars import ContextVar
from functools import lru_cache
from types import SimpleNamespace
from agents import Agent, RunContextWrapper, Runner, function_tool
from chatkit.server import ChatKitServer
import app.state as shared
from app.state import CURRENT, STATE, Box, box
USER = ContextVar("user")
WHO = None
SEEN = {{}}
LOCAL = threading.local()
BAG = SimpleNamespace()
KEY = "user"
class Server(ChatKitServer[dict]):
    current = None
    def __init__(self, store=None):
        super().__init__(store)
        self.user, self.users, self.used, self.box = None, {{}}, 0, Box()
    async def respond(self, thread, item, context):
        {write}
        result = Runner.run_streamed(Agent(name="a", tools=[tasks]), "hi", context=context)
        yield result
    async def who(self):
        {read}
@function_tool
async def tasks(ctx: RunContextWrapper) -> str:
    {read}
"""
STATE = """\
CURRENT = None
STATE = {}
class Box:
    user = None
    def put(self, user):
        self.user = user
box = Box()
def remember(user):
    global CURRENT
    CURRENT = user
"""


def of(write: str, read: str, main: str = MAIN) -> dict[str, str]:
    server = SERVER.format(write=write, read=read)
    return {"app/server.py": server, "app/state.py": STATE, "app/main.py": main}


def in_route(line: str) -> str:
    at = "    result = await server.process"
    return MAIN.replace(at, f"    {line}\n{at}")


FOUND = {
    "self.user = context": "return self.user",
    "self.user = context['user']": "return f'{self.user}'",
    "self.user: str = context['user']": "return getattr(self, 'user')",
    "setattr(self, 'user', context)": "return self.user",
    "self.thread, self.ctx = thread, context": "return self.ctx",
    "Server.current = context": "return Server.current",
    "global WHO; WHO = context": "return WHO",
    "SEEN['user'] = context": "return SEEN['user']",
    "SEEN[KEY] = context": "return SEEN.get('user')",
    "SEEN.update(user=context)": "return SEEN['user']",
    "SEEN.update({'user': context['user']})": "return SEEN['user']",
    "STATE['user'] = context": "return STATE['user']",
    "shared.CURRENT = context": "return shared.CURRENT",
    "shared.remember(context)": "return shared.CURRENT",
    "box.user = context": "return box.user",
    "box.put(context)": "return box.user",
    "self.box.user = context": "return self.box.user",
    "LOCAL.user = context": "return LOCAL.user",
    "BAG.user = context": "return BAG.user",
    "who = context['user']; self.user = who": "return self.user",
    "self.user = await load(context['user'])": "return self.user",
    "self.agent = Agent(name='a', instructions=f'For {context}')": "return self.agent",
}


@pytest.mark.parametrize(("write", "read"), FOUND.items())
def test_found(findings: Findings, write: str, read: str) -> None:
    finding = findings(turns_kept_apart, of(write, read))[0]
    assert finding.cause == "shared turn"
    assert finding.where.startswith(("app/server.py:", "app/state.py:"))


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("server.user = user", "return self.user"),
        ("setattr(server, 'user', request.headers['Authorization'])", "return self.user"),
        ("request.app.state.user = user", "return app.state.user"),
        ("app.state.user = user", "return request.app.state.user"),
    ],
)
def test_found_of_a_route(findings: Findings, line: str, read: str) -> None:
    (finding,) = findings(turns_kept_apart, of("pass", read, in_route(line)))
    assert finding.where == "app/main.py:14"


@pytest.mark.parametrize(
    ("write", "read"),
    [
        ("self.users[context['user']] = context", "return self.users[context['user']]"),
        ("SEEN[thread.id] = context", "return SEEN[ctx.thread.id]"),
        ("USER.set(context)", "return USER.get()"),
        ("WHO = context", "return WHO"),
        ("context['seen'] = thread.id", "return context['seen']"),
        ("thread.user = context", "return thread.user"),
        ("self.user = context", "pass  # self.user"),
        ("self.user = context", "return 'self.user'"),
        ("self.user = 'nobody'", "return self.user"),
        ("pass  # self.user = context", "return self.user"),
        ("self.used += len(context)", "return self.used"),
        ("self.used = self.used + len(context)", "return self.used"),
        ("box = Box(); box.user = context", "return box.user"),
        ("self.user = context", "return ctx.user"),
    ],
)
def test_quiet(findings: Findings, write: str, read: str) -> None:
    assert not findings(turns_kept_apart, of(write, read))


def test_quiet_where_each_request_makes_its_server(findings: Findings) -> None:
    main = MAIN.replace("server = Server()\n", "").replace(
        "    result = await", "    server = Server()\n    result = await"
    )
    assert not findings(turns_kept_apart, of("self.user = context", "return self.user", main))


def test_quiet_where_it_is_not_seen_how_often_the_server_is_made(findings: Findings) -> None:
    main = MAIN.replace("server = Server()", "server = made(Server)")
    assert not findings(turns_kept_apart, of("self.user = context", "return self.user", main))


def test_found_where_the_server_is_made_once_by_a_dependency(findings: Findings) -> None:
    made = "@lru_cache\ndef get_server():\n    return Server()\n"
    main = MAIN.replace("server = Server()\n", f"from functools import lru_cache\n{made}").replace(
        "= Depends(get_current_user)", "= Depends(get_current_user), server=Depends(get_server)"
    )
    assert findings(turns_kept_apart, of("self.user = context", "return self.user", main))
