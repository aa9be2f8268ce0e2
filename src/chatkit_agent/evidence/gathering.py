"""Gathers the evidence: boots the application, lets people talk to it, restarts it, and looks."""

from __future__ import annotations

import asyncio
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
from dotenv import dotenv_values

from chatkit_agent.choices import Choices
from chatkit_agent.evidence import (
    AfterRestart,
    Boot,
    Conversation,
    Environment,
    Evidence,
    Neighbour,
    Person,
    ToolCall,
    Turn,
)
from chatkit_agent.evidence.booting import Start, running
from chatkit_agent.evidence.conversation import Chat, look_for_thread, sign_in, strangers_attempts
from chatkit_agent.evidence.interpreters import Interpreter
from chatkit_agent.evidence.overlays import Overlay, added_by, prepare_python
from chatkit_agent.extras import extra_requirements
from chatkit_agent.project import Project
from chatkit_agent.sandbox.mcp_server import Credentials, ProbeServer
from chatkit_agent.sandbox.model import OfflineModel
from chatkit_agent.sandbox.postgres import create_database, postgres
from chatkit_agent.scratch import copy_project, point_env_files

SECONDS_PER_WORD = 0.05


@dataclass(frozen=True)
class Subject:
    """What is to be proved, and how its owner wants it to be run.

    `without_chat` gives the files that turn the project back into what it was before the chat
    (None removes one); where that is not known, the application is not booted without it.
    """

    project: Project
    choices: Choices
    without_chat: Mapping[str, bytes | None] | None = None
    python: str | None = None
    env_file: Path | None = None
    progress: Callable[[str], None] = lambda _: None


@dataclass(frozen=True)
class Stage:
    """What all starts of one run have in common."""

    start: Start
    model: OfflineModel
    tools: ProbeServer
    database: str
    alice: Person
    bob: Person
    secret: str | None
    """Signs the tokens where the chat verifies them itself."""
    progress: Callable[[str], None]

    @property
    def choices(self) -> Choices:
        return self.start.choices

    @property
    def signed_in(self) -> Start:
        """A start at which Alice and Bob are known, whatever the application's own sign-in is."""
        if self.choices.auth != "existing":
            return self.start
        return replace(self.start, stand_in_for=(self.alice, self.bob))

    def chat(self, url: str) -> Chat:
        return Chat(url + self.choices.path, self.calls)

    def calls(self) -> tuple[ToolCall, ...]:
        return tuple(
            ToolCall(call.tool, call.arguments, call.authorization) for call in self.tools.calls
        )


def gather(subject: Subject) -> Evidence:
    """Everything that the checks look at, seen in one run of the real application.

    Raises:
        CannotBoot: there is no Python to run it with, or nothing to run it against.
    """
    progress = subject.progress
    progress("Looking for the project's Python")
    also = extra_requirements(subject.choices.extras)
    interpreter, overlay = prepare_python(subject.project, subject.python, progress, also)
    progress(f"Using Python {interpreter.version_text} of {interpreter.source}")
    with tempfile.TemporaryDirectory(prefix="chatkit-") as folder:
        scratch = Path(folder).resolve()
        before = _boot_without_chat(subject, interpreter, overlay, scratch)
        progress("Starting PostgreSQL, the offline model and the probe MCP server")
        with _stage(subject, interpreter, overlay, scratch) as stage:
            evidence = _with_chat(stage, _nothing_yet(subject, interpreter, overlay, before))
        log = (scratch / "after.log").read_text(errors="replace")
        return replace(evidence, log=log)


def _boot_without_chat(
    subject: Subject, interpreter: Interpreter, overlay: Overlay | None, scratch: Path
) -> Boot | None:
    if subject.without_chat is None:
        return None
    subject.progress("Booting the application as it was before the chat")
    copy = copy_project(subject.project.root, scratch / "before", subject.without_chat)
    log = scratch / "before.log"
    start = Start(interpreter, overlay, copy, subject.choices, own_variables(subject), log)
    with running(start) as app:
        return app.boot


@contextmanager
def _stage(
    subject: Subject, interpreter: Interpreter, overlay: Overlay | None, scratch: Path
) -> Iterator[Stage]:
    copy = copy_project(subject.project.root, scratch / "after", {})
    secret = secrets.token_urlsafe(48) if subject.choices.auth == "jwt" else None
    with (
        postgres() as server,
        OfflineModel(seconds_per_word=SECONDS_PER_WORD) as model,
        ProbeServer(credentials=_credentials(subject.choices)) as tools,
    ):
        database = create_database(server, "chat")
        sandbox = sandbox_variables(subject.choices, database, model.url, tools.url, secret)
        point_env_files(copy, scratch / "after", sandbox)
        variables = {**own_variables(subject), **sandbox}
        log = scratch / "after.log"
        start = Start(interpreter, overlay, copy, subject.choices, variables, log)
        alice, bob = sign_in("alice", secret), sign_in("bob", secret)
        yield Stage(start, model, tools, database, alice, bob, secret, subject.progress)


def own_variables(subject: Subject) -> dict[str, str]:
    """The person's own environment, and what their env file adds."""
    given = dotenv_values(subject.env_file) if subject.env_file else {}
    variables = {**os.environ, **{name: value or "" for name, value in given.items()}}
    for name in ("NO_PROXY", "no_proxy"):
        variables[name] = ",".join(filter(None, (variables.get(name), "127.0.0.1", "localhost")))
    return variables


def sandbox_variables(
    choices: Choices, database: str, model: str, tools: str, secret: str | None
) -> dict[str, str]:
    prefix = choices.env_prefix
    sandbox = {
        f"{prefix}DATABASE_URL": database,
        f"{prefix}TRACING": "false",
        "MCP_SERVER_URL": tools,
        f"{prefix}MCP_SERVER_URL": tools,
        "OPENAI_API_KEY": "sk-offline",
        "OPENAI_BASE_URL": model,
    }
    if secret is not None:
        ours = ("JWKS_URL", "JWT_ISSUER", "JWT_AUDIENCE")
        sandbox |= {f"{prefix}{name}": "" for name in ours} | {f"{prefix}JWT_SECRET": secret}
        sandbox[f"{prefix}AUTH"] = "jwt"
    if choices.auth == "none":
        sandbox[f"{prefix}AUTH"] = "none"
    return sandbox


def _credentials(choices: Choices) -> Credentials:
    return "flat" if choices.token == "argument" else "header"  # noqa: S105


def _nothing_yet(
    subject: Subject, interpreter: Interpreter, overlay: Overlay | None, before: Boot | None
) -> Evidence:
    choices = subject.choices
    return Evidence(
        environment=Environment(
            python=str(interpreter.path),
            version=interpreter.version_text,
            source=interpreter.source,
            packages=interpreter.packages,
            added=added_by(overlay, interpreter),
            moved=overlay.moved if overlay else (),
        ),
        path=choices.path,
        auth=choices.auth,
        token=choices.token,
        sign_in=choices.user.name if choices.auth == "existing" and choices.user else None,
        mounting="app",
        before=before,
        after=Boot(error="it was not started"),
        alone=None,
        conversation=None,
        strangers=None,
        unseen=None,
        log="",
    )


def _with_chat(stage: Stage, evidence: Evidence) -> Evidence:
    """The application as it is: its routes, what strangers get, and the conversation."""
    stage.progress("Booting the application with the chat")
    with running(stage.start) as app:
        evidence = replace(evidence, after=app.boot)
        if app.url is None:
            return _mounted_alone(stage, evidence)
        stage.progress("Trying to get in without a valid token")
        strangers = strangers_attempts(stage.chat(app.url), stage.alice, stage.secret)
        first = _first_question(stage, app.url) if stage.signed_in == stage.start else None
    evidence = replace(evidence, strangers=strangers)
    return _converse(stage, evidence, stage.signed_in, first)[1]


def _mounted_alone(stage: Stage, evidence: Evidence) -> Evidence:
    if evidence.before is not None and evidence.before.ok:
        return replace(evidence, unseen="the application no longer boots.")
    stage.progress("It does not boot by itself; booting the chat mounted alone")
    start = replace(stage.signed_in, mounting="alone")
    alone, evidence = _converse(stage, replace(evidence, mounting="alone"), start, None)
    evidence = replace(evidence, alone=alone)
    if stage.choices.auth == "existing" or not alone.ok:
        return evidence
    with running(start) as app:
        attempts = strangers_attempts(stage.chat(app.url or ""), stage.alice, stage.secret)
    return replace(evidence, strangers=attempts)


def _converse(
    stage: Stage, evidence: Evidence, start: Start, first: Turn | None
) -> tuple[Boot, Evidence]:
    """The conversation, and the boot in which it began where the `first` turn was not yet held."""
    boot = evidence.after
    if first is None:
        with running(start) as app:
            boot = app.boot
            if app.url is None:
                return boot, replace(evidence, unseen=f"it did not boot {boot.error}")
            first = _first_question(stage, app.url)
    stage.model.behave(seconds_per_word=0)
    thread = first.reply.thread
    restart, neighbour = (None, None) if thread is None else _restarted(stage, start, thread)
    conversation = Conversation(
        alice=first,
        restart=restart,
        neighbour=neighbour,
        prompts=tuple(request.text for request in stage.model.requests),
        stored=asyncio.run(_rows(stage.database)),
    )
    return boot, replace(evidence, conversation=conversation)


def _first_question(stage: Stage, url: str) -> Turn:
    stage.progress("Asking a question that needs a tool")
    return _ask(stage, url, stage.alice, "water the ferns")


def _ask(stage: Stage, url: str, person: Person, task: str) -> Turn:
    # The mark is random, so that finding it anywhere is no accident.
    return stage.chat(url).turn(person, f"Please add a task: {task} {secrets.token_hex(4)}")


def _restarted(stage: Stage, start: Start, thread: str) -> tuple[AfterRestart, Neighbour | None]:
    stage.progress("Starting the application again and looking for the conversation")
    with running(start) as app:
        url = app.url or ""
        chat = stage.chat(url)
        restart = AfterRestart(
            boot=app.boot,
            thread=chat.ask(stage.alice, "threads.get_by_id", thread_id=thread),
            items=chat.ask(stage.alice, "items.list", thread_id=thread, order="asc", limit=100),
            later=chat.turn(stage.alice, "And what did I ask you before?", thread),
        )
        if stage.choices.auth == "none":
            return restart, None
        stage.progress("Looking for it as somebody else")
        own = _ask(stage, url, stage.bob, "call the plumber")
        return restart, look_for_thread(chat, stage.bob, stage.alice, thread, own)


async def _rows(database: str) -> str:
    """Every row of every table, as text."""
    connection = await asyncpg.connect(database)
    try:
        tables = await connection.fetch(
            "select format('%I.%I', schemaname, tablename) as name from pg_tables "
            "where schemaname not in ('pg_catalog', 'information_schema')"
        )
        rows = [
            await connection.fetch(f"select t::text as row from {table['name']} t")  # noqa: S608
            for table in tables
        ]
    finally:
        await connection.close()
    return "\n".join(row["row"] for found in rows for row in found)
