"""The stage: the sandbox's servers, the people, and what all starts of one run have in common."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote, urlsplit

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from chatkit_agent.evidence.run import Person, Reply, Span, ToolCall
from chatkit_agent.evidence.run.booting import Start
from chatkit_agent.evidence.run.client import USUAL, Chat
from chatkit_agent.evidence.run.door import Manner
from chatkit_agent.evidence.run.isolating import Allowed, isolate
from chatkit_agent.evidence.run.lent_sign_in import lend_sign_in
from chatkit_agent.evidence.run.live import own_database, throw_away_schema
from chatkit_agent.evidence.run.overlays import Overlay
from chatkit_agent.evidence.run.sandbox_variables import (
    borrowed_variables,
    identity_variables,
    sandbox_variables,
)
from chatkit_agent.evidence.run.signing import (
    Signer,
    sign_in,
    signer_for,
    signer_with_key,
    value_of,
)
from chatkit_agent.evidence.run.subject import Loan, Subject, lend_files, own_variables, said_in
from chatkit_agent.options.interpreters import Interpreter
from chatkit_agent.options.options import Options
from chatkit_agent.project.env_files import is_env_file, is_example
from chatkit_agent.project.facts import Credential, Tokens
from chatkit_agent.project.scratch import copy_project
from chatkit_agent.sandbox.isolation import NOT_LENT, Isolation, LentVariable
from chatkit_agent.sandbox.isolation.confinement import attempts_in, unseen_in
from chatkit_agent.sandbox.isolation.places import with_places
from chatkit_agent.sandbox.isolation.substitutes import Lender, Substitutes
from chatkit_agent.sandbox.lending import url_of_reader
from chatkit_agent.sandbox.mcp_server import Credentials, ProbeServer
from chatkit_agent.sandbox.model import OfflineModel
from chatkit_agent.sandbox.postgres import postgres
from chatkit_agent.sandbox.serving import served as serving
from chatkit_agent.sandbox.valkey import RedisLender, redis_lender

SECONDS_PER_WORD = 0.05
OPENAI = "api.openai.com:443"
REFUSES = "the sandbox of chatkit-agent refuses this"


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
    own: Mapping[str, str] = field(repr=False)
    """The variables of the owner."""
    servers: tuple[str, ...]
    allowed: Allowed
    given: Substitutes
    """What took the place of the owner's."""
    schema: str | None = None
    """The only one that is looked at; where it is set, the run is live."""
    knows_people: bool = False
    """The application's own sign-in lets Alice and Bob in, so that no stand-in is needed."""
    manner: Manner = field(default_factory=Manner)
    """How requests get past what stands in front of the chat."""
    lends: bool = False
    lent: tuple[Loan, ...] = ()
    lent_files: tuple[str, ...] = ()

    @property
    def lacks(self) -> Path:
        """Where what is started writes down what it lacks."""
        return self.given.folder / "lacks"

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
        if self.options.verifies_tokens or self.knows_people:
            return self.start
        return replace(self.start, stand_in_for=(self.alice, self.bob))

    @property
    def databases(self) -> tuple[str, ...]:
        """Those in which a chat keeps what is said: one that others wrote, in the application's."""
        lent = () if self.is_live else self.given.databases
        return (
            self.database,
            *(
                f"{urlsplit(self.database)._replace(path=f'/{quote(each)}').geturl()}"
                for each in lent
            ),
        )

    @property
    def isolation(self) -> Isolation:
        """How it was kept apart by now, and what it tried."""
        tried, locks = attempts_in(self.start.reach)
        attempts = with_places(tried, self.start.reach.work)
        prefix = self.options.env_prefix
        lent = tuple(name for name in self.given.lent if not name.startswith(prefix))
        redis = tuple(self.given.lent_redis)
        unseen = () if "kernel network" in locks else unseen_in(self.start.reach)
        refused = self._refused
        variables = tuple(
            LentVariable(
                each.name, each.source, each.name.lower() in refused, _is_own_file(each.source)
            )
            for each in self.lent
        )
        migrations = self.start.migrations
        own = self.allowed.names
        is_open = self.given.redis_is_open
        return Isolation(attempts, lent, redis, locks, own, unseen, variables, migrations, is_open)

    @property
    def _refused(self) -> frozenset[str]:
        said = (each for each in said_in(self.lacks) if each.get("refused"))
        return frozenset(name.lower() for each in said for name in each["names"])

    def log(self) -> bytes:
        """What the application wrote, but for what the sandbox itself was the reason of."""
        refused = {*self.given.closed, *(each.target for each in self.isolation.attempts)}
        parts = (map(re.escape, each.strip("[]").rsplit(":", 1)) for each in refused)
        named = "|".join([re.escape(REFUSES), NOT_LENT, *(".{0,12}".join(each) for each in parts)])
        lines = self.start.log.read_bytes().splitlines(keepends=True)
        is_ours = re.compile(named.encode(errors="replace"))
        return b"".join(line for line in lines if not is_ours.search(line))

    def without_chat(self, files: Mapping[str, bytes | None]) -> Start:
        """A start of the application as it was before the chat."""
        given = self.given
        copy = copy_project(given.root, given.folder / "before", files)
        lend_files(copy, self.lent_files, self.lent)
        beside = given.beside(copy)
        variables, reach = isolate(beside, self.own, {}, self.servers, self.allowed)
        log = given.folder / "before.log"
        return replace(self.start, copy=copy, variables=variables, log=log, reach=reach)

    def chat(self, url: str) -> Chat:
        address = url + self.options.path
        return Chat(address, self.calls, self.carried, self.manner, self.spans)

    @property
    def carried(self) -> tuple[Credential, ...]:
        """Where requests carry who asks, as the application's own clients do."""
        tokens = self.options.tokens
        if tokens is not None:
            scheme = value_of(tokens.scheme, self.start.variables)
            named = "Bearer" if scheme is None else scheme
            if tokens.cookie:
                return (Credential("cookie", tokens.cookie),)
            return (Credential("header", tokens.header, named),)
        return self.start.carried

    @property
    def reads_are_seen(self) -> bool:
        """The application's own sign-in was seen to read a token where requests carry it."""
        file = self.start.reads
        lines = file.read_text().splitlines() if file and file.exists() else []
        read = {tuple(json.loads(line)) for line in lines}
        first = next((each for each in self.carried if each.is_token), None)
        return first is not None and (first.place, first.name) in read

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
    lend_files(copy, subject.lent_files, subject.lent)
    options, own = subject.options, own_variables(subject)
    is_verified = options.verifies_tokens and options.auth != "none"
    signer = _signer(subject, own) if is_verified else None
    subject.progress("Starting PostgreSQL, the offline model and the probe MCP server")
    with (
        _lender() as lender,
        redis_lender(is_open=subject.redis_is_open) as redis,
        _live(subject, own, signer)
        if subject.is_live
        else _sandbox(subject, lender, signer) as served,
        _keys_served(subject, signer) as keys,
        lend_sign_in(_own_tokens(subject), subject.project, own) as of_app,
        closing(_substitutes(subject, lender, redis, copy, scratch)) as given,
    ):
        allowed = Allowed((*subject.own_services, *_live_services(subject, own)))
        servers = (*served.servers, *keys.values(), *of_app.servers)
        here = {**served.variables, **keys, **of_app.variables}
        variables, reach = isolate(given, own, here, servers, allowed)
        log = scratch / "after.log"
        names = tuple(each.name for each in subject.lent)
        start = Start(
            interpreter, overlay, copy, options, variables, log, reach, scratch / "lacks", names
        )
        start = replace(start, migrations=subject.migrations)
        # How a chat that others wrote is asked is not known by how the application is.
        user = options.user if subject.project.chat.applied else None
        carried = user.credentials or USUAL if user else USUAL
        yield Stage(
            start=replace(start, carried=carried, reads=scratch / "reads"),
            model=served.model,
            tools=served.tools,
            database=served.database,
            alice=sign_in("alice", signer or of_app.signer),
            bob=sign_in("bob", signer or of_app.signer),
            key=served.key,
            signer=signer,
            progress=subject.progress,
            own=own,
            servers=servers,
            allowed=allowed,
            given=given,
            schema=served.schema,
            lends=subject.lends,
            lent=subject.lent,
            lent_files=subject.lent_files,
        )


@contextmanager
def _lender() -> Iterator[Lender]:
    with postgres(lends=True) as server:
        yield Lender.of(server)


def _substitutes(
    subject: Subject, lender: Lender, redis: RedisLender | None, copy: Path, scratch: Path
) -> Substitutes:
    root = subject.project.root.resolve()
    cwd = subject.options.served_by.working_directory
    return Substitutes(lender, root, copy, scratch, cwd, redis)


def _live_services(subject: Subject, own: Mapping[str, str]) -> tuple[str, ...]:
    """What --live is for: the chat's own database, tools and model."""
    if not subject.is_live:
        return ()
    prefix = subject.options.env_prefix
    names = (f"{prefix}DATABASE_URL", "MCP_SERVER_URL", f"{prefix}MCP_SERVER_URL")
    model = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "PGPASSFILE", "PGPASSWORD", "HOME")
    proxies = (name for name in own if name.lower().endswith("_proxy"))
    usual = () if own.get("OPENAI_BASE_URL") else (OPENAI,)
    return (*names, *model, *proxies, *usual)


def _signer(subject: Subject, own: Mapping[str, str]) -> Signer:
    tokens = subject.project.tokens
    if tokens is None or subject.keys_variable is None:
        return signer_for(subject.options.tokens, own)
    return signer_with_key(tokens, {**subject.others, **own})


def _own_tokens(subject: Subject) -> Tokens | None:
    """Those of the application's own sign-in, where that is what signs the chat's users in."""
    tokens, is_own = subject.project.tokens, subject.options.auth == "existing"
    if tokens is None or not is_own or subject.is_live or subject.options.verifies_tokens:
        return None
    named = tokens.key_variable or (tokens.key_service and tokens.key_service.variable)
    return None if named in subject.own_services else tokens


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
    """Where it is read what a chat keeps, in the sandbox by a role of the tool's own."""
    model: OfflineModel
    tools: ProbeServer
    servers: tuple[str, ...] = ()
    key: str = ""
    schema: str | None = None


@contextmanager
def _sandbox(subject: Subject, lender: Lender, signer: Signer | None) -> Iterator[Served]:
    key = f"sk-offline-{secrets.token_urlsafe(24)}"
    with OfflineModel(seconds_per_word=SECONDS_PER_WORD) as model, _tools(subject) as tools:
        database = lender.lend("chat", "chat")
        variables = {
            **borrowed_variables(
                {**{each.name: each.value for each in subject.lent}, **subject.others},
                key,
                tools.url,
                signer,
            ),
            **sandbox_variables(subject.options, database, model.url, key, tools.url, signer),
        }
        read = url_of_reader(lender.url, "chat")
        yield Served(variables, read, model, tools, (model.url, tools.url), key)


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


def _tools(subject: Subject) -> ProbeServer:
    """One that takes the caller where the project's own tools do."""
    if not subject.wanted:
        is_argument = subject.options.token == "argument"  # noqa: S105
        credentials: Credentials = "flat" if is_argument else "header"
        return ProbeServer(credentials=credentials, more=subject.more_tools)
    caller = tuple(each.rpartition(".")[2] for each in subject.wanted)
    wrapper = subject.wanted[0].rpartition(".")[0]
    if not wrapper:
        return ProbeServer(credentials="flat", caller=caller, more=subject.more_tools)
    more = subject.more_tools
    return ProbeServer(credentials="nested", caller=caller, wrapper=wrapper, more=more)


def _is_own_file(source: str | None) -> bool:
    name = (source or "").rpartition("/")[2]
    return is_env_file(name) and not is_example(name)
