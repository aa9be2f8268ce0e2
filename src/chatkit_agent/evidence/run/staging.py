"""The stage: the sandbox's servers, the people, and what all starts of one run have in common."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from chatkit_agent.evidence.run import Person, Reply, Span, ToolCall
from chatkit_agent.evidence.run.booting import Start
from chatkit_agent.evidence.run.client import Chat
from chatkit_agent.evidence.run.live import own_database, throw_away_schema
from chatkit_agent.evidence.run.overlays import Overlay
from chatkit_agent.evidence.run.signing import (
    Signer,
    sign_in,
    signer_for,
    signer_with_key,
    value_of,
    variables_for,
)
from chatkit_agent.options.interpreters import Interpreter
from chatkit_agent.options.options import Options
from chatkit_agent.project.read import Project
from chatkit_agent.project.scratch import copy_project, point_env_files
from chatkit_agent.sandbox.mcp_server import PATH, ProbeServer
from chatkit_agent.sandbox.model import OfflineModel
from chatkit_agent.sandbox.postgres import create_database, postgres
from chatkit_agent.sandbox.serving import served as serving

SECONDS_PER_WORD = 0.05
# How people name what a chat needs.
MCP_URL = re.compile(r"MCP.*UR[LI]$|MCP_(?:SERVER|ENDPOINT)$")
DATABASE_URL = re.compile(r"DATABASE_UR[LI]$|POSTGRES\w*_UR[LI]$|(?:^|_)DB_UR[LI]$|(?:^|_)DSN$")
POSTGRES = re.compile(r"postgres(?:ql)?(?:\+\w+)?://")
JWKS_URL = re.compile(r"JWKS\w*UR[LI]$|JWKS$")
MODEL_KEY = re.compile(r"OPENAI\w*_KEY$|LLM_API_KEY$")
SIGNING = re.compile(r"(?:JWT|AUTH|TOKEN|SESSION)\w*(?:SECRET|_KEY)$|^SECRET_KEY$")


@dataclass(frozen=True)
class Subject:
    """What is to be proved, and how its owner wants it to be run.

    `without_chat` gives the files that turn the project back into what it was before the chat
    (None removes one); where that is not known, the application is not booted without it.
    """

    project: Project
    options: Options
    without_chat: Mapping[str, bytes | None] | None = None
    python: str | None = None
    env_file: Path | None = None
    progress: Callable[[str], None] = lambda _: None
    others: Mapping[str, str] = field(default_factory=dict)
    """Variables that a chat which somebody else wrote may read, and what they are now."""
    is_live: bool = False
    """Its own database, MCP server and model are used, and not those of the sandbox."""
    wanted: tuple[str, ...] = ()
    """The parameters by which its own tools require the caller, such as `params.access_token`."""

    @property
    def keys_variable(self) -> str | None:
        """By which a chat that somebody else wrote finds the keys that verify its tokens."""
        tokens, chat = self.project.tokens, self.project.chat
        if tokens is None or not tokens.is_jwks or chat.applied or self.options.auth != "jwt":
            return None
        return tokens.key_variable or next(filter(JWKS_URL.search, self.others), None)


@dataclass(frozen=True)
class Stage:
    """What all starts of one run have in common."""

    start: Start
    model: OfflineModel
    tools: ProbeServer
    database: str
    alice: Person
    bob: Person
    key: str
    """The model's."""
    signer: Signer | None
    """Signs the tokens where the chat verifies them itself."""
    progress: Callable[[str], None]
    schema: str | None = None
    """The only one that is looked at; where it is set, the run is live."""

    @property
    def is_live(self) -> bool:
        return self.schema is not None

    @property
    def options(self) -> Options:
        return self.start.options

    @property
    def asks_first(self) -> bool:
        """The chat was added with the module that asks before a tool destroys something."""
        return "approvals" in self.options.features

    @property
    def signed_in(self) -> Start:
        """A start at which Alice and Bob are known, whatever the application's own sign-in is."""
        if self.options.auth != "existing" or self.options.is_sidecar:
            return self.start
        return replace(self.start, stand_in_for=(self.alice, self.bob))

    def chat(self, url: str) -> Chat:
        tokens, address = self.options.tokens, url + self.options.path
        if tokens is None:
            return Chat(address, self.calls, spans=self.spans)
        scheme = value_of(tokens.scheme, self.start.variables)
        scheme = "Bearer" if scheme is None else scheme
        return Chat(address, self.calls, tokens.header, scheme, self.spans)

    def marked(self, text: str) -> str:
        """The text with a random mark, so that finding it anywhere is no accident."""
        return f"{text} {secrets.token_hex(4)}"

    def items(self, url: str, thread: str) -> Reply:
        """What Alice has in a thread."""
        asked = {"thread_id": thread, "order": "asc", "limit": 100}
        return self.chat(url).ask(self.alice, "items.list", **asked)

    def task_of_alice(self) -> int:
        """The number of a task that her tools have made."""
        return next((task.id for task in self.tools.tasks.get(self.alice.token, [])), 1)

    def calls(self) -> tuple[ToolCall, ...]:
        return tuple(
            ToolCall(call.tool, call.arguments, call.authorization) for call in self.tools.calls
        )

    def spans(self) -> tuple[Span, ...]:
        asked = (
            Span("model", "a request", each.began, each.ended or each.began)
            for each in self.model.requests
        )
        called = (
            Span("tools", each.tool, each.began, each.ended or each.began)
            for each in self.tools.calls
        )
        return (*asked, *called)


@contextmanager
def set_stage(
    subject: Subject, interpreter: Interpreter, overlay: Overlay | None, scratch: Path
) -> Iterator[Stage]:
    copy = copy_project(subject.project.root, scratch / "after", {})
    options, own = subject.options, own_variables(subject)
    is_verified = options.verifies_tokens and options.auth != "none"
    signer = _signer(subject, own) if is_verified else None
    with (
        _live(subject, own, signer) if subject.is_live else _sandbox(subject, signer) as served,
        _keys_served(subject, signer) as keys,
    ):
        here = {**served.variables, **keys}
        point_env_files(copy, scratch / "after", here)
        variables, log = {**own, **here}, scratch / "after.log"
        yield Stage(
            start=Start(interpreter, overlay, copy, options, variables, log),
            model=served.model,
            tools=served.tools,
            database=served.database,
            alice=sign_in("alice", signer),
            bob=sign_in("bob", signer),
            key=served.key,
            signer=signer,
            progress=subject.progress,
            schema=served.schema,
        )


def _signer(subject: Subject, own: Mapping[str, str]) -> Signer:
    tokens = subject.project.tokens
    if tokens is None or subject.keys_variable is None:
        return signer_for(subject.options.tokens, own)
    return signer_with_key(tokens, {**subject.others, **own})


@contextmanager
def _keys_served(subject: Subject, signer: Signer | None) -> Iterator[dict[str, str]]:
    """The variable that leads to the keys of this run."""
    name = subject.keys_variable
    if name is None or signer is None:
        yield {}
        return
    path = urlsplit(subject.others.get(name, "")).path or "/.well-known/jwks.json"
    answer = JSONResponse(signer.keys)
    with serving(Starlette(routes=[Route(path, answer)])) as url:
        yield {name: url + path}


@dataclass(frozen=True)
class Served:
    """What the chat talks to, and the variables that make it do so."""

    variables: Mapping[str, str]
    database: str
    model: OfflineModel
    tools: ProbeServer
    key: str = ""
    schema: str | None = None


@contextmanager
def _sandbox(subject: Subject, signer: Signer | None) -> Iterator[Served]:
    subject.progress("Starting PostgreSQL, the offline model and the probe MCP server")
    key = f"sk-offline-{secrets.token_urlsafe(24)}"
    with (
        postgres() as server,
        OfflineModel(seconds_per_word=SECONDS_PER_WORD) as model,
        _tools(subject) as tools,
    ):
        database = create_database(server, "chat")
        variables = {
            **borrowed_variables(subject.others, database, key, tools.url, signer),
            **sandbox_variables(subject.options, database, model.url, key, tools.url, signer),
        }
        yield Served(variables, database, model, tools, key)


@contextmanager
def _live(subject: Subject, own: Mapping[str, str], signer: Signer | None) -> Iterator[Served]:
    options = subject.options
    database = own_database(subject.project, options, own)
    subject.progress("Using the project's own database, MCP server and model")
    with throw_away_schema(database, subject.progress) as schema:
        variables = {
            **identity_variables(options, signer),
            f"{options.env_prefix}SCHEMA": schema,
            f"{options.env_prefix}TRACING": "false",
        }
        # Nobody reaches these two: what the project's own were asked is not seen.
        yield Served(variables, database, OfflineModel(), ProbeServer(), schema=schema)


def own_variables(subject: Subject) -> dict[str, str]:
    """The person's own environment, and what their env file adds."""
    given = dotenv_values(subject.env_file) if subject.env_file else {}
    variables = {**os.environ, **{name: value or "" for name, value in given.items()}}
    for name in ("NO_PROXY", "no_proxy"):
        variables[name] = ",".join(filter(None, (variables.get(name), "127.0.0.1", "localhost")))
    return variables


def sandbox_variables(
    options: Options, database: str, model: str, key: str, tools: str, signer: Signer | None
) -> dict[str, str]:
    prefix = options.env_prefix
    sandbox = {
        f"{prefix}DATABASE_URL": database,
        f"{prefix}TRACING": "false",
        "MCP_SERVER_URL": tools,
        f"{prefix}MCP_SERVER_URL": tools,
        "OPENAI_API_KEY": key,
        "OPENAI_BASE_URL": model,
    }
    return sandbox | identity_variables(options, signer)


def identity_variables(options: Options, signer: Signer | None) -> dict[str, str]:
    """What makes the chat believe this run's people."""
    prefix = options.env_prefix
    found: dict[str, str] = {}
    if signer is not None:
        ours = ("JWKS_URL", "JWT_ISSUER", "JWT_AUDIENCE", "JWT_ALGORITHM")
        found |= {f"{prefix}{name}": "" for name in ours}
        found |= {f"{prefix}JWT_SECRET": signer.secret, f"{prefix}AUTH": "jwt"}
        if options.tokens is not None:
            found |= variables_for(options.tokens, signer, prefix)
    if options.auth == "none":
        found[f"{prefix}AUTH"] = "none"
    return found


def borrowed_variables(
    others: Mapping[str, str], database: str, key: str, tools: str, signer: Signer | None
) -> dict[str, str]:
    """The sandbox's database, tools and secrets under the names by which others know theirs."""
    found = {}
    for name, now in others.items():
        if MCP_URL.search(name):
            found[name] = urlsplit(tools)._replace(path=urlsplit(now).path or PATH).geturl()
        elif DATABASE_URL.search(name) or POSTGRES.match(now):
            found[name] = _database_like(now, database)
        elif MODEL_KEY.search(name):
            found[name] = key
        elif SIGNING.search(name) and signer is not None:
            found[name] = signer.secret
    return found


def _database_like(now: str, database: str) -> str:
    """The sandbox's database with the scheme of theirs.

    Drivers of SQLAlchemy take the socket from the query, whatever host stands there, and settings
    of type `PostgresDsn` want one.
    """
    scheme = urlsplit(now).scheme or urlsplit(database).scheme
    found = urlsplit(database)._replace(scheme=scheme)
    if "+" in scheme and found.netloc.endswith("@"):
        found = found._replace(netloc=f"{found.netloc}localhost")
    return found.geturl()


def _tools(subject: Subject) -> ProbeServer:
    """One that takes the caller where the project's own tools do."""
    if not subject.wanted:
        is_argument = subject.options.token == "argument"  # noqa: S105
        return ProbeServer(credentials="flat" if is_argument else "header")
    caller = tuple(each.rpartition(".")[2] for each in subject.wanted)
    wrapper = subject.wanted[0].rpartition(".")[0]
    if not wrapper:
        return ProbeServer(credentials="flat", caller=caller)
    return ProbeServer(credentials="nested", caller=caller, wrapper=wrapper)
