"""A 503 of a chat by hand: never assigned, or assigned only with a variable that is set nowhere."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.configuration.chat_set_up import chat_set_up
from tests.checks.rules.conftest import Findings

MAIN = """\
import os
from contextlib import asynccontextmanager
from chatkit.server import StreamingResult
from fastapi import FastAPI, HTTPException, Request
from app.server import Server
server = None
URL = os.getenv("NOTES_URL")
@asynccontextmanager
async def lifespan(app):
    global server
    {line}
    yield
app = FastAPI(lifespan=lifespan)
@app.post("/chatkit")
async def chatkit(request: Request):
    {test}
        raise HTTPException(503, "not available")
    return await server.process(await request.body(), {})
"""


SETTINGS = """\
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    notes_url: str | None = None
settings = Settings()
"""


def files(line: str, test: str = "if server is None:", env: str = "") -> dict[str, str]:
    main = SETTINGS + MAIN.replace("{line}", line).replace("{test}", test)
    return {"app/main.py": main, ".env": env}


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("if URL:\n        server = Server(URL)", "unset:NOTES_URL"),
        ("if URL is not None:\n        server = Server(URL)", "unset:NOTES_URL"),
        ('if os.environ.get("OTHER"):\n        server = Server()', "unset:OTHER"),
        ('if os.environ.get("OTHER", ""):\n        server = Server()', "unset:OTHER"),
        ('at = os.getenv("OTHER") or None\n    if at:\n        server = Server()', "unset:OTHER"),
        ("server = Server(URL) if URL else None", "unset:NOTES_URL"),
        ("if not URL:\n        yield\n        return\n    server = Server(URL)", "unset:NOTES_URL"),
        (
            "if URL is None:\n        pass\n    else:\n        server = Server(URL)",
            "unset:NOTES_URL",
        ),
        ("if settings.notes_url:\n        server = Server()", "unset:NOTES_URL"),
        ("pass  # server = Server()", "never assigned:server"),
        ("local = Server()", "never assigned:server"),
    ],
)
def test_found(findings: Findings, line: str, cause: str) -> None:
    (finding,) = findings(chat_set_up, files(line))
    assert finding.cause == cause
    assert "unavailable" in finding.explains


def test_found_in_the_state(findings: Findings) -> None:
    test = "store = request.app.state.chat\n    if not store:"
    (finding,) = findings(chat_set_up, files("pass", test))
    assert finding.cause == "never assigned:request.app.state.chat"
    assert not findings(chat_set_up, files("app.state.chat = Server()", test))


@pytest.mark.parametrize(
    ("line", "env"),
    [
        ("server = Server()", ""),
        ("if URL:\n        server = Server(URL)", "NOTES_URL=postgresql://here\n"),
        ("if URL:\n        server = Server(URL)\n    else:\n        server = Server()", ""),
        ("if ready():\n        server = Server(URL)", ""),
    ],
)
def test_quiet(findings: Findings, line: str, env: str) -> None:
    assert not findings(chat_set_up, files(line, env=env))


KEPT = """\
from fastapi import Depends, FastAPI, HTTPException, Request
from app.server import Server
app = FastAPI()
servers = {}
def keep(server):
    servers["chat"] = server
def the_server():
    {found}
        raise HTTPException(503, "not available")
    return found
@app.post("/chatkit")
async def chatkit(request: Request, server = Depends(the_server)):
    return await server.process(await request.body(), {})
"""


@pytest.mark.parametrize(
    "found",
    [
        "found = servers.get('chat')\n    if found is None:",
        "found = servers.get('chat')\n    if not found:",
        "if not (found := servers.get('chat')):",
    ],
)
@pytest.mark.parametrize(
    ("more", "count"), [("", 1), ("# keep(Server())\n", 1), ("keep(Server())\n", 0)]
)
def test_a_dependency_waits_for_what_nobody_keeps(
    findings: Findings, found: str, more: str, count: int
) -> None:
    main = KEPT.replace("{found}", found) + more
    told = findings(chat_set_up, {"app/main.py": main})
    assert [each.cause for each in told] == ["never assigned:servers"] * count


STATE = """\
from fastapi import FastAPI, HTTPException, Request
from app.server import Server
app = FastAPI()
{set}
@app.post("/chatkit")
async def chatkit(request: Request):
    {read}
    return await server.process(await request.body(), {})
"""
SETS = """\
@app.middleware("http")
async def sign_in(request, call_next):
    request.state.chat = 1
    return await call_next(request)
"""
OTHERS = "from others import Sessions\napp.add_middleware(Sessions)\n"


@pytest.mark.parametrize(
    ("read", "given", "count"),
    [
        ("server = request.app.state.chat", "app.state.server = Server()", 1),
        ("server = app.state.chat", "app.state.chats = Server()", 1),
        (
            "server = getattr(request.app.state, 'chat', None)\n    if not server: raise HTTPException(503)",
            "",
            1,
        ),
        ("server = request.app.state.chat", "app.state.chat = Server()", 0),
        ("server = request.app.state.chat", "setattr(app.state, 'chat', Server())", 0),
        ("server = request.state.chat", "", 1),
        ("state = request.state; server = state.chat", "", 1),
        ("server = chat_of(request)", "def chat_of(request):\n    return request.state.chat", 1),
        ("server = request.state.chat", SETS.replace("chat", "chats"), 1),
        ("server = request.state.chat", SETS, 0),
        ("server = request.state.chat", SETS.replace(" = 1", ": int = 1"), 0),
        ("server = request.state.chat", "setattr(request.state, 'chat', 1)", 0),
        ("server = request.state.chat", "scope['state']['chat'] = 1", 0),
        ("server = request.state.chat", "def lifespan(app):\n    yield {'chat': 1}", 0),
        ("server = getattr(request.state, 'chat', None)", "", 0),
        ("server = request.state.chat", OTHERS, 0),
        ("server = request.state.chat", OTHERS + SETS.replace("chat", "chats"), 1),
        ("server = graph.state.chat", "", 0),
    ],
)
def test_a_state_that_nobody_sets(findings: Findings, read: str, given: str, count: int) -> None:
    main = STATE.replace("{set}", given).replace("{read}", read)
    told = findings(chat_set_up, {"app/main.py": main})
    assert [(each.cause or "").rpartition(".")[2] for each in told] == ["chat"] * count
