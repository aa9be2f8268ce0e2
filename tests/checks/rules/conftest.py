"""A small chat written by hand, with a fault or without one, and what is observed of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from chatkit_agent.checks.check import Check, Finding
from chatkit_agent.evidence.static import Evidence, Probe, Running, Trial
from chatkit_agent.evidence.static.gathering import Looking, observe
from tests.project.source.conftest import project as project

Observe = Callable[..., Evidence]
Findings = Callable[..., list[Finding]]
Logged = Callable[[str], Evidence]
Met = Callable[..., Evidence]
Tried = Callable[..., Evidence]

MAIN = """\
from chatkit.server import StreamingResult
from fastapi import Depends, FastAPI, Request
from fastapi.responses import Response, StreamingResponse

from app.auth import get_current_user
from app.server import Server

app = FastAPI()
server = Server()


@app.post("/chatkit")
async def chatkit(request: Request, user: str = Depends(get_current_user)) -> Response:
    result = await server.process(await request.body(), {"user": user})
    if isinstance(result, StreamingResult):
        return StreamingResponse(result, media_type="text/event-stream")
    return Response(result.json, media_type="application/json")
"""
AUTH = """\
from fastapi import Request


async def get_current_user(request: Request) -> str:
    return verified(request.headers["Authorization"])
"""
SERVER = """\
from agents import Agent, Runner
from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer

agent = Agent(name="Assistant", instructions="Help.")


class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        items = await self.store.load_thread_items(thread.id, None, 20, "desc", context)
        items.data.reverse()
        chat = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(agent, await simple_to_agent_input(items.data), context=chat)
        async for event in stream_agent_response(chat, result):
            yield event
"""
CHAT = {"app/main.py": MAIN, "app/auth.py": AUTH, "app/server.py": SERVER, "app/__init__.py": ""}
TURN = """\
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
"""A server of which a test gives what its turn does."""
STORE = """\
from collections import defaultdict
from chatkit.store import Store
CACHE = {}
KEPT = defaultdict(dict)
TABLE = "threads"
class Notes(Store[dict]):
    def __init__(self, pool, schema):
        self.pool, self.schema, self.kept = pool, schema, {}
    async def load_thread(self, thread_id, context):
        # select * from threads where id = {thread_id}
        {line}
    async def save_thread(self, thread, context):
        await self.pool.execute("insert into threads values ($1, $2)", thread.id, context["user"])
"""
"""A store of which a test gives how it loads a thread."""

SPELLED = """\
import logging
{imports}
from chatkit.server import ChatKitServer
from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
logger = logging.getLogger(__name__)
bearer = HTTPBearer()
{top}
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        {line}
        yield item
{more}
"""


def spelled(
    line: str = "pass", imports: str = "", top: str = "", more: str = "", **files: str
) -> dict[str, str]:
    """A server with a line in its turn, and what that line needs around it."""
    server = SPELLED.format(line=line, imports=imports, top=top, more=more)
    return {"app/server.py": server, **files}


WELL = Trial(
    error=None,
    seconds=3.0,
    path="/chatkit",
    answer="There are no tasks.",
    is_answered=True,
    asked_model=True,
    reached_tools=True,
    called=("list_tasks",),
)


@pytest.fixture
def observed(tmp_path: Path) -> Observe:
    """What is observed of the small chat, with some files in the place of its own."""

    def make(files: Mapping[str, str] | None = None, /, **more: Any) -> Evidence:
        for path, content in {**CHAT, **(files or {})}.items():
            place = tmp_path / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(content)
        return observe(tmp_path, Looking(**more))

    return make


@pytest.fixture
def findings(observed: Observe) -> Callable[..., list[Finding]]:
    """What a check finds in the small chat, with some files in the place of its own."""

    def find(check: Check[Any], files: Mapping[str, str]) -> list[Finding]:
        return list(check.over(observed(files)))

    return find


@pytest.fixture
def logged(tmp_path: Path) -> Callable[[str], Evidence]:
    """What is observed of a log and nothing else."""

    def make(text: str) -> Evidence:
        return observe(tmp_path, Looking(log=("app.log", text.encode())))

    return make


@pytest.fixture
def met(tmp_path: Path) -> Callable[..., Evidence]:
    """What is observed of a running application whose answers are given."""

    def make(*probes: Probe) -> Evidence:
        running = Running("http://localhost:8000/chatkit", probes)
        return dataclasses.replace(observe(tmp_path, Looking()), running=running)

    return make


@pytest.fixture
def tried(observed: Callable[..., Evidence]) -> Callable[..., Evidence]:
    def make(**seen: Any) -> Evidence:
        return dataclasses.replace(observed(), trial=dataclasses.replace(WELL, **seen))

    return make
