"""The delivered code under test: the reference itself, or the copy that CHATKIT_TARGET names."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import jwt
import pytest
from fastapi import FastAPI
from mcp.types import ToolAnnotations
from pydantic import BaseModel, SecretStr
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatkit_agent.sandbox.model import OfflineModel
from chatkit_agent.sandbox.serving import served

try:
    from mcp.server.mcpserver import Context, MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
except ImportError:  # mcp 1, which people may have
    from mcp.server.fastmcp import Context
    from mcp.server.fastmcp import FastMCP as MCPServer
    from mcp.server.fastmcp.exceptions import ToolError

TARGET = os.environ.get("CHATKIT_TARGET", "chatkit_agent.reference")
PREFIX = importlib.import_module(f"{TARGET}.chatkit_store.config").ENV_PREFIX
GLOBAL_NAMES = {"OPENAI_API_KEY", "OPENAI_BASE_URL", "MCP_SERVER_URL"}


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def delivered() -> ModuleType:
    """The `chatkit_store` package of the target."""
    return importlib.import_module(f"{TARGET}.chatkit_store")


@pytest.fixture
async def make_store(
    anyio_backend: str, delivered: ModuleType, database_url: str
) -> AsyncIterator[Callable[..., Any]]:
    """Makes unopened stores over the test's own database; keywords are settings."""
    made = []

    def make(url: str = database_url, **settings: Any) -> Any:
        settings.setdefault("save_retry_seconds", 0)
        config = delivered.StoreConfig(database_url=SecretStr(url), **settings)
        made.append(delivered.PostgresStore(config))
        return made[-1]

    yield make
    for store in made:
        await store.close()


@pytest.fixture
def store(make_store: Callable[..., Any]) -> Any:
    return make_store()


@pytest.fixture
def alice(delivered: ModuleType) -> Any:
    return delivered.RequestContext("alice")


@pytest.fixture
def bob(delivered: ModuleType) -> Any:
    return delivered.RequestContext("bob")


SECRET = "a secret of this test session, which is long enough for HS512 too"


@pytest.fixture
def services(delivered: ModuleType) -> ModuleType:
    """The `services` package of the target."""
    return importlib.import_module(f"{TARGET}.services")


@pytest.fixture
def offline_model() -> Iterator[OfflineModel]:
    with OfflineModel() as model:
        yield model


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets the chat's variables by their names without the prefix; None removes one."""
    for name in list(os.environ):
        if name.startswith((PREFIX, "OPENAI_", "MCP_SERVER_URL")):
            monkeypatch.delenv(name)

    def change(**values: str | None) -> None:
        for name, value in values.items():
            full = name if name in GLOBAL_NAMES else PREFIX + name
            if value is None:
                monkeypatch.delenv(full, raising=False)
            else:
                monkeypatch.setenv(full, value)

    return change


@pytest.fixture
def configured(
    settings: Callable[..., None], database_url: str, offline_model: OfflineModel
) -> Callable[..., None]:
    """Everything that the chat needs, but no tools."""
    settings(
        DATABASE_URL=database_url,
        JWT_SECRET=SECRET,
        OPENAI_API_KEY="sk-offline",
        OPENAI_BASE_URL=offline_model.url,
    )
    return settings


class Person:
    """Somebody with a token, at one chat."""

    def __init__(self, name: str, url: str = "", token: str | None = None, **claims: Any) -> None:
        claims = {"sub": name, "exp": int(time.time()) + 600, **claims}
        self.name = name
        self.token = token or jwt.encode(claims, SECRET, "HS256")
        self.http = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=30,
            trust_env=False,
        )

    def ask(self, operation: str, /, **params: Any) -> httpx.Response:
        return self.http.post("/chatkit", json={"type": operation, "params": params})

    @contextmanager
    def stream(self, operation: str, /, **params: Any) -> Iterator[Iterator[dict[str, Any]]]:
        with self.http.stream(
            "POST", "/chatkit", json={"type": operation, "params": params}
        ) as response:
            assert response.status_code == 200, response.read()
            yield (json.loads(line[6:]) for line in response.iter_lines() if line[:6] == "data: ")

    @contextmanager
    def saying(self, text: str, thread: str | None = None) -> Iterator[Iterator[dict[str, Any]]]:
        kind = "threads.add_user_message" if thread else "threads.create"
        params: dict[str, Any] = {"thread_id": thread} if thread else {}
        with self.stream(kind, input=message(text), **params) as events:
            yield events

    def say(self, text: str, thread: str | None = None) -> Said:
        with self.saying(text, thread) as events:
            return Said(list(events), thread)

    def items(self, thread: str) -> list[dict[str, Any]]:
        page = self.ask("items.list", thread_id=thread, limit=100, order="asc").json()
        assert "data" in page, page
        data: list[dict[str, Any]] = page["data"]
        return data


class Said:
    """The events of one whole turn."""

    def __init__(self, events: list[dict[str, Any]], thread: str | None) -> None:
        self.events = events
        self.thread: str = thread or events[0]["thread"]["id"]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]

    @property
    def text(self) -> str:
        items = [event["item"] for event in self.of("thread.item.done")]
        return "".join(map(text_of, items))


def text_of(item: dict[str, Any]) -> str:
    if item["type"] != "assistant_message":
        return ""
    return "".join(part["text"] for part in item["content"])


def message(text: str, **more: Any) -> dict[str, Any]:
    content = [{"type": "input_text", "text": text}]
    return {"content": content, "attachments": [], "inference_options": {}, **more}


@pytest.fixture
def person(chat_url: str) -> Iterator[Callable[..., Person]]:
    """Makes people at the chat, as it was configured when the first of them came."""
    people: list[Person] = []

    def make(name: str = "alice", **options: Any) -> Person:
        people.append(Person(name, chat_url, **options))
        return people[-1]

    yield make
    for one in people:
        one.http.close()


def _answers(http: httpx.Client) -> bool:
    try:
        return http.get("/chatkit/health").status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
def make_person() -> Iterator[Callable[..., Person]]:
    """Makes people at the chat of a given URL, once that answers."""
    people: list[Person] = []

    def make(url: str, name: str = "alice") -> Person:
        people.append(Person(name, url))
        until = time.monotonic() + 60
        while not _answers(people[-1].http):
            assert time.monotonic() < until, "the chat did not start"
            time.sleep(0.1)
        return people[-1]

    yield make
    for one in people:
        one.http.close()


@pytest.fixture
def optional(services: ModuleType) -> Callable[[str], ModuleType]:
    """A module of the target that only some projects get; without it there is nothing to test."""

    def module(name: str) -> ModuleType:
        try:
            return importlib.import_module(f"{services.__name__}.{name}")
        except ModuleNotFoundError:
            assert TARGET != "chatkit_agent.reference"
            pytest.skip(f"this project has no {name}")

    return module


@pytest.fixture
def served_chat(services: ModuleType, verified_user: Any) -> Callable[..., Any]:
    """Serves a chat of a given class instead of the project's own."""

    def serve(server: type[Any]) -> Any:
        app = FastAPI()
        router = services.create_chatkit_router(current_user=verified_user, server=server)
        app.include_router(router)
        return served(app)

    return serve


@pytest.fixture
def verified_user(services: ModuleType) -> Any:
    """The sign-in of the chat's own, with settings still to be read."""
    return importlib.import_module(f"{services.__name__}.current_user").VerifiedUser()


@pytest.fixture
def chat_url(
    services: ModuleType, configured: Callable[..., None], verified_user: Any
) -> Iterator[str]:
    """The chat on a real server in a thread. It reads its settings when people come."""
    app = FastAPI()
    app.include_router(services.create_chatkit_router(current_user=verified_user))
    with served(app) as url:
        yield url


class ChatProcess:
    """The chat on a server in a process of its own, to be stopped and killed."""

    def __init__(self, log: Path, server: str = "uvicorn") -> None:
        self.log = log
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            descriptor = listener.fileno()
            self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            script = str(Path(__file__).with_name("serve_chat.py"))
            with log.open("ab") as output:
                self.process = subprocess.Popen(
                    [sys.executable, script, TARGET, str(descriptor), server],
                    pass_fds=[descriptor],
                    stdout=output,
                    stderr=output,
                )


@pytest.fixture
def chat_process(
    configured: Callable[..., None], tmp_path: Path
) -> Iterator[Callable[..., ChatProcess]]:
    started: list[ChatProcess] = []

    def start(server: str = "uvicorn") -> ChatProcess:
        started.append(ChatProcess(tmp_path / f"chat-{len(started)}.log", server))
        return started[-1]

    yield start
    for chat in started:
        chat.process.kill()
        chat.process.wait()


DESTROYS = ToolAnnotations.model_validate({"destructiveHint": True})


class Toolbox:
    """A real MCP server of the user's, whose tools remember what they did and for whom."""

    def __init__(self) -> None:
        self.url = ""
        self.delay = 0.0
        self.done: list[str] = []
        self.begun: list[str] = []
        self.headers: list[str | None] = []
        self.given: list[dict[str, Any]] = []
        self.refuses = b""

    def app(self) -> ASGIApp:
        """Answers 500 to whatever holds the text that it refuses."""
        inner = self.server().streamable_http_app()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and self.refuses:
                message = await receive()
                if self.refuses in message.get("body", b""):
                    await PlainTextResponse("No", 500)(scope, receive, send)
                    return
                messages = [message]

                async def again() -> Message:
                    return messages.pop() if messages else await receive()

                await inner(scope, again, send)
                return
            await inner(scope, receive, send)

        return app

    def server(self) -> MCPServer:
        server = MCPServer("toolbox")

        @server.tool(title="Add a task")
        async def add_task(title: str, context: Context) -> str:
            """Commits at once, and may then take its time to answer."""
            self.headers.append(_header(context))
            self.begun.append(title)
            self.done.append(title)
            await asyncio.sleep(self.delay)
            return f"added {title}"

        @server.tool()
        async def show_token(context: Context) -> str:
            return f"you are {_header(context)}"

        @server.tool(title="Erase a task", annotations=DESTROYS)
        async def erase_task(title: str, context: Context) -> str:
            self.headers.append(_header(context))
            self.begun.append(title)
            await asyncio.sleep(self.delay)
            self.done.append(f"erased {title}")
            return f"erased {title}"

        @server.tool()
        async def explode() -> str:
            raise ToolError("cannot connect to postgresql://app:hunter2@db/tasks, password=hunter2")

        @server.tool()
        async def remove_task(title: str, access_token: str, user_id: str = "") -> str:
            self.given.append({"title": title, "access_token": access_token, "user_id": user_id})
            return f"removed {title}"

        @server.tool()
        async def rename_task(params: Rename, options: Options | None = None) -> str:
            self.given.append({"params": params.model_dump(), "options": options})
            return f"renamed {params.title}"

        return server


class Rename(BaseModel):
    title: str
    user_id: str
    access_token: str


class Options(BaseModel):
    loud: bool = False


def _header(context: Context) -> str | None:
    request = context.request_context.request
    return None if request is None else request.headers.get("authorization")


@pytest.fixture
def toolbox(configured: Callable[..., None]) -> Iterator[Toolbox]:
    box = Toolbox()
    with served(box.app()) as url:
        box.url = f"{url}/mcp"
        configured(MCP_SERVER_URL=box.url)
        yield box
