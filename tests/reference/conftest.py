"""The delivered code under test: the reference itself, or the copy that CHATKIT_TARGET names."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route

from chatkit_agent.sandbox.model import OfflineModel
from chatkit_agent.sandbox.serving import served

from .conversations import a_thread, an_answer
from .people import SECRET, Person
from .toolbox import Toolbox

TARGET = os.environ.get("CHATKIT_TARGET", "chatkit_agent.reference")
PREFIX = import_module(f"{TARGET}.chatkit_store.config").ENV_PREFIX
GLOBAL_NAMES = {"OPENAI_API_KEY", "OPENAI_BASE_URL", "MCP_SERVER_URL"}


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def delivered() -> Any:
    """What the `chatkit_store` package of the target has, and what is the user's in there."""
    names = (f"{TARGET}.chatkit_store{part}" for part in (".context", ".config", ""))
    context, config, store = map(import_module, names)
    return SimpleNamespace(**{**vars(context), **vars(config), **vars(store), "config": config})


@pytest.fixture
async def make_store(
    anyio_backend: str, delivered: Any, database_url: str
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
def alice(delivered: Any) -> Any:
    return delivered.RequestContext("alice")


@pytest.fixture
def bob(delivered: Any) -> Any:
    return delivered.RequestContext("bob")


@pytest.fixture
async def thread(store: Any, alice: Any) -> str:
    """Alice's thread with one answer."""
    await store.save_thread(a_thread(), alice)
    await store.add_thread_item("thr_1", an_answer("msg_1"), alice)
    return "thr_1"


@pytest.fixture
def services(delivered: ModuleType) -> ModuleType:
    """What the application imports of the target."""
    return import_module(f"{TARGET}.services.chatkit_server")


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
        until = time.monotonic() + 180
        while not _answers(people[-1].http):
            assert time.monotonic() < until, "the chat did not start"
            time.sleep(0.1)
        return people[-1]

    yield make
    for one in people:
        one.http.close()


@pytest.fixture
def optional() -> Callable[[str], ModuleType]:
    """A module of the target that only some projects get; without it there is nothing to test."""

    def module(name: str) -> ModuleType:
        try:
            return import_module(f"{TARGET}.chatkit_runtime.{name}")
        except ModuleNotFoundError:
            assert TARGET != "chatkit_agent.reference"
            pytest.skip(f"this project has no {name}")

    return module


def chat_with(feature: type[Any]) -> type[Any]:
    """The target's server with this feature alone; with none for `TurnServer`."""
    own = import_module(f"{TARGET}.services.chatkit_server").ChatServer
    bases = (own,) if issubclass(own, feature) else (feature, own)
    return type("Chat", bases, {"tools": feature.tools})


@pytest.fixture
def served_chat(services: ModuleType, verified_user: Any) -> Callable[..., Any]:
    """Serves a chat of a given class instead of the project's own."""

    def serve(server: type[Any]) -> Any:
        app = FastAPI()
        router = services.create_chatkit_router(
            current_user=verified_user, server=chat_with(server)
        )
        app.include_router(router)
        return served(app)

    return serve


@pytest.fixture
def verified_user(services: ModuleType) -> Any:
    """The sign-in of the chat's own, with settings still to be read."""
    return import_module(f"{TARGET}.services.current_user").VerifiedUser()


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


@pytest.fixture
def toolbox(configured: Callable[..., None]) -> Iterator[Toolbox]:
    box = Toolbox()
    with served(box.app()) as url:
        box.url = f"{url}/mcp"
        configured(MCP_SERVER_URL=box.url)
        yield box


@pytest.fixture
def broken_server() -> Iterator[Callable[[str], str]]:
    """The URL of an MCP server that is in the given trouble."""
    with ExitStack() as stack:

        def break_down(trouble: str) -> str:
            if trouble in {"down", "tarpit"}:
                listener = stack.enter_context(socket.socket())
                listener.bind(("127.0.0.1", 0))
                if trouble == "tarpit":
                    listener.listen()
                return f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
            answer = HTMLResponse("<p>Hi") if trouble == "html" else PlainTextResponse("No", 401)

            async def reply(request: object) -> Any:
                return answer

            app = Starlette(routes=[Route("/mcp", reply, methods=["GET", "POST", "DELETE"])])
            return stack.enter_context(served(app)) + "/mcp"

        yield break_down
