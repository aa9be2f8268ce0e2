"""One server of the benchmark in a process of its own: `turn_servers.py KIND DESCRIPTOR`.

KIND is `model`, `slow-model`, `tools`, `ours`, `bare`, or the path of a Python file with an `app`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import runpy
import socket
import sys
from typing import Any

import asyncpg
import psutil  # type: ignore[import-untyped]
import turn_bare
import turn_profile
import uvicorn
from fastapi import FastAPI, Request

from chatkit_agent.reference.services.chatkit_server import create_chatkit_router
from chatkit_agent.reference.services.current_user import VerifiedUser
from chatkit_agent.sandbox.mcp_server import ProbeServer
from chatkit_agent.sandbox.model import OfflineModel
from chatkit_agent.sandbox.turns import Reply, ToolCall, Turn

TOKENS = 50
TEXT = "Here is what I found in your list, as you have asked me to, word by word. " * 4
ANSWER = " ".join(TEXT.split()[: TOKENS - 1]) + " finis."
# Of a stream that is merely open: one word each so many seconds.
SLOW = 5.0


def decide(turn: Turn) -> Reply:
    """One call of a tool, then 50 tokens; for who asks to wait, only the tokens."""
    if turn.results or turn.message.startswith("Wait"):
        return Reply(ANSWER)
    name = next(each.name for each in turn.tools if each.name.endswith("list_tasks"))
    return Reply(calls=(ToolCall(name),))


class Model(OfflineModel):
    """Remembers nothing: what thousands of requests were would fill the memory."""

    async def _record(self, request: Any) -> Any:
        record = await super()._record(request)
        self.requests.clear()
        return record


def application(kind: str) -> Any:
    if kind.endswith("model"):
        return Model(seconds_per_word=SLOW if kind.startswith("slow") else 0, decides=decide).app()
    if kind == "tools":
        return Probe().app()
    if kind == "ours":
        app = FastAPI()
        app.include_router(create_chatkit_router(current_user=VerifiedUser()))
        app.state.copy = copy
    elif kind == "bare":
        app = turn_bare.application()
    else:
        app = runpy.run_path(kind)["app"]
    if isinstance(app, FastAPI):
        app.include_router(turn_profile.router)
        app.add_api_route("/bench/held", held)
        app.add_api_route("/bench/copy/{thread}", copied, methods=["POST"])
    return app


async def copied(thread: str, copies: list[tuple[str, str]], request: Request) -> bool:
    """Whether this application can be given conversations: all others have them made, by turns."""
    copy = getattr(request.app.state, "copy", None)
    if copy is not None:
        await copy(thread, copies)
    return copy is not None


async def copy(thread: str, copies: list[tuple[str, str]]) -> None:
    connection = await asyncpg.connect(os.environ["DATABASE_URL"])
    for query in (
        """insert into app_chat.threads (user_id, id, payload)
        select $2, $3, replace(payload::text, $1, $3)::jsonb from app_chat.threads where id = $1""",
        """insert into app_chat.items (user_id, thread_id, id, payload)
        select $2, $3, id, replace(payload::text, $1, $3)::jsonb from app_chat.items
        where thread_id = $1 order by position""",
    ):
        await connection.executemany(query, [(thread, *each) for each in copies])
    await connection.close()


class Probe(ProbeServer):
    def __post_init__(self) -> None:
        super().__post_init__()
        self.headers = Nothing()
        self.calls = Nothing()


class Nothing(list):  # type: ignore[type-arg]
    def append(self, _: object) -> None:
        """Thousands of turns would fill the memory."""


async def held() -> dict[str, Any]:
    process = psutil.Process()
    return {"rss": process.memory_info().rss, "tasks": len(asyncio.all_tasks())}


def main(kind: str, descriptor: int) -> None:
    logging.basicConfig(level=logging.WARNING)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    config = uvicorn.Config(application(kind), log_config=None, access_log=False, backlog=2048)
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
