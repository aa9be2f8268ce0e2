"""A session of development: everything that the chat needs, for as long as somebody works."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from chatkit_agent.development.application import Application, application
from chatkit_agent.development.by_hand import called_tool, listed_tools, offered_tools
from chatkit_agent.development.calls import model_calls, tool_calls
from chatkit_agent.development.database import kept_database, stored_of
from chatkit_agent.development.lending import (
    answers,
    databases_away,
    lent_databases,
    lent_variables,
)
from chatkit_agent.development.model_tap import OPENAI, ModelTap
from chatkit_agent.development.people import People, people_of
from chatkit_agent.development.saved_conversation import saved_conversation
from chatkit_agent.development.tap import Tap
from chatkit_agent.errors import CannotBoot
from chatkit_agent.evidence.run.live import own_database
from chatkit_agent.evidence.run.overlays import Overlay, prepare_python
from chatkit_agent.evidence.run.subject import Subject
from chatkit_agent.options.features import READING, tool_routes
from chatkit_agent.options.interpreters import Interpreter
from chatkit_agent.options.options import Options, RequestedOptions, choose
from chatkit_agent.options.runtime_package import also_required
from chatkit_agent.project.manifest import manifest_of
from chatkit_agent.project.read import Project, read_project
from chatkit_agent.project.scratch import values_in
from chatkit_agent.sandbox.mcp_server import ProbeServer
from chatkit_agent.sandbox.model import OfflineModel

SECONDS_PER_WORD = 0.04
NO_CHAT = "There is no chat in `{root}` yet. Add one first: chatkit-agent add"
BESIDE = (
    "This chat is a service beside the application, and `dev` runs only chats inside of one. "
    "Start both as {folder}/CHATKIT.md says."
)
OF_PROBE = ("What are my tasks?", "Add a task: buy milk")
Json = dict[str, Any]


@dataclass(frozen=True)
class Development:
    """What runs. Tools that are not watched are None."""

    name: str
    root: Path
    path: str
    """The chat's route."""
    application: Application
    people: People
    database: str = field(repr=False)
    schema: str
    model: OfflineModel | ModelTap
    tools: ProbeServer | Tap | None
    began: float
    page: str | None = None
    """The route of the chat's page, where there is one."""
    prompts: tuple[str, ...] = ()
    """What can be asked, as far as the tools are known."""

    def model_calls(self) -> list[Json]:
        return list(model_calls(self.model.requests, self.began))

    def tool_calls(self) -> list[Json]:
        return list(tool_calls(self.tools.calls, self.began, self.people)) if self.tools else []

    async def offered(self, token: str) -> list[Json]:
        return await offered_tools(self.tools.url, token) if self.tools else []

    async def call(self, token: str, name: str, arguments: Mapping[str, Any]) -> Json:
        assert self.tools is not None
        return await called_tool(self.tools.url, token, name, arguments)

    async def saved(self, token: str, steps: Sequence[Json]) -> Json:
        """A conversation with all that it takes to hold it again without a network."""
        calls = self.tools.calls if self.tools else []
        tools = await listed_tools(self.tools.url, token) if self.tools else []
        return saved_conversation(steps, self.model.requests, calls, tools)

    async def rows(self, thread: str) -> dict[str, list[Any]]:
        return await stored_of(self.database, self.schema, thread)


@dataclass(frozen=True)
class Workspace:
    """The project, and what its owner has set."""

    project: Project
    options: Options
    own: Mapping[str, str] = field(repr=False)

    def variable(self, name: str) -> str:
        return f"{self.options.env_prefix}{name}"


@contextmanager
def develop(
    path: Path,
    python: Path | None,
    env_file: Path | None,
    progress: Callable[[str], None],
    *,
    fresh: bool = False,
    app_port: int = 0,
) -> Iterator[Development]:
    """Start what is not there already, and the application with it.

    Raises:
        CannotBoot: there is no chat, or something that it needs does not start.
    """
    place = _workspace(path, env_file)
    project, options = place.project, place.options
    also = also_required(options.features, options.runtime)
    named = None if python is None else str(python)
    interpreter, overlay = prepare_python(project, named, progress, also)
    subject = Subject(project, options, env_file=env_file, progress=progress)
    theirs = {k: v for k, v in place.own.items() if k != place.variable("DATABASE_URL")}
    with lent_variables(subject, theirs, (interpreter, overlay)) as lent:
        started = Started(interpreter, overlay, env_file, lent, app_port)
        with _run_with(place, started, progress, fresh=fresh) as development:
            yield development


@dataclass(frozen=True)
class Started:
    """How the application is started."""

    interpreter: Interpreter
    overlay: Overlay | None
    env_file: Path | None
    lent: Mapping[str, str] = field(repr=False)
    port: int


@contextmanager
def _run_with(
    place: Workspace, started: Started, progress: Callable[[str], None], *, fresh: bool
) -> Iterator[Development]:
    project, options, interpreter = place.project, place.options, started.interpreter
    people = people_of(project, options, {**started.lent, **place.own})
    with (
        _database(place, progress, fresh=fresh) as (database, of_database),
        _model(place, progress) as model,
        _tools(place, progress) as tools,
    ):
        variables = {**of_database, **_of_model(place, model), **_of_tools(place, tools)}
        own = values_in(started.env_file) if started.env_file else {}
        progress(f"Starting {options.app.ref} on Python {interpreter.version_text}")
        began = time.monotonic()
        variables = {**own, **started.lent, **variables, **people.variables}
        with application(
            project.root, options, interpreter, started.overlay, variables, started.port
        ) as running:
            schema = place.own.get(place.variable("SCHEMA")) or options.schema
            yield Development(
                name=project.name,
                root=project.root,
                path=options.path,
                application=running,
                people=people,
                database=database,
                schema=schema,
                model=model,
                tools=tools,
                began=began,
                page=None if options.page == "none" else options.page_path,
                prompts=OF_PROBE if isinstance(tools, ProbeServer) else _prompts(place),
            )


def _workspace(path: Path, env_file: Path | None) -> Workspace:
    project = read_project(path)
    if manifest_of(project.root) is None:
        raise CannotBoot(NO_CHAT.format(root=project.root))
    options = choose(project, RequestedOptions())
    if options.is_sidecar:
        raise CannotBoot(BESIDE.format(folder=options.service_folder))
    files = [project.root / each.path for each in project.env_files if not each.is_example]
    found: dict[str, str] = {}
    for file in (*files, *([env_file] if env_file else ())):
        found |= values_in(file)
    return Workspace(project, options, {**found, **os.environ})


@contextmanager
def _database(
    place: Workspace, progress: Callable[[str], None], *, fresh: bool
) -> Iterator[tuple[str, dict[str, str]]]:
    name = place.variable("DATABASE_URL")
    set_ = place.own.get(name, "")
    if set_ and name not in databases_away({name: set_}):
        progress(f"The database is the one of your {name}")
        yield own_database(place.project, place.options, place.own), {}
        return
    away = f" (nobody answers where your {name} leads)" if set_ else ""
    progress(f"Starting PostgreSQL{away}")
    with kept_database(place.project.root, fresh=fresh) as url:
        lent = lent_databases(place.project, {name: url, **place.own}, url)
        for each in lent:
            progress(f"{each} is not set: the application gets an empty database for it")
        yield url, {**lent, name: url}


def _model(
    place: Workspace, progress: Callable[[str], None]
) -> AbstractContextManager[OfflineModel | ModelTap]:
    if place.own.get("OPENAI_API_KEY"):
        url = (place.own.get("OPENAI_BASE_URL") or OPENAI).rstrip("/")
        progress(f"The model is yours at {_host(url)}: calls are handed on, and shown")
        return ModelTap(url)
    progress("The model is an offline stand-in: it picks a tool by its words, and says so")
    return OfflineModel(seconds_per_word=SECONDS_PER_WORD)


def _of_model(place: Workspace, model: OfflineModel | ModelTap) -> dict[str, str]:
    if isinstance(model, ModelTap):
        return {"OPENAI_BASE_URL": model.url}
    key = f"sk-offline-{secrets.token_urlsafe(24)}"
    offline = {"OPENAI_API_KEY": key, "OPENAI_BASE_URL": model.url}
    return {**offline, place.variable("TRACING"): "false"}


def _tools(
    place: Workspace, progress: Callable[[str], None]
) -> AbstractContextManager[ProbeServer | Tap | None]:
    named = (place.own.get(name) for name in (place.variable("MCP_SERVER_URL"), "MCP_SERVER_URL"))
    url = next(filter(None, (*named, place.options.mcp_url)), None)
    if url and "," in url:
        progress(f"The tools are those of {url}: their calls are not seen")
        return nullcontext()
    if url and _answers(url):
        progress(f"The tools are those of {url}: their calls are handed on, and shown")
        return Tap(url)
    if url:
        progress(f"Nobody answers at {url}: the probe MCP server takes its place")
    elif tool_routes(place.options.tools):
        progress("The tools are the application's own routes")
        return nullcontext()
    is_argument = place.options.token == "argument"  # noqa: S105
    nobody = "everybody" if place.options.auth == "none" else None
    return ProbeServer(nobody=nobody, credentials="flat" if is_argument else "header")


def _prompts(place: Workspace) -> tuple[str, ...]:
    """The names of some routes that are tools, in words."""
    wanted = tool_routes(place.options.tools)
    routes = place.project.routes if wanted else ()
    chosen = [each for each in routes if READING in wanted or each.label in wanted]
    words = (each.function.replace("_", " ") for each in chosen if "{" not in each.path)
    return tuple(f"{each[:1].upper()}{each[1:]}" for each in words)[:2]


def _of_tools(place: Workspace, tools: ProbeServer | Tap | None) -> dict[str, str]:
    names = ("MCP_SERVER_URL", place.variable("MCP_SERVER_URL"))
    return dict.fromkeys(names, tools.url) if tools else {}


def _host(url: str) -> str:
    return urlsplit(url).hostname or url


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    usual = 443 if parts.scheme == "https" else 80
    try:
        return answers(parts.hostname or "", parts.port or usual)
    except ValueError:
        return False
