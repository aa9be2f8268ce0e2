"""Run: what was seen when the application ran, as one immutable value that checks read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Literal

from chatkit_agent.evidence.run.page_visit import PageVisit
from chatkit_agent.evidence.run.texts import texts_in
from chatkit_agent.options.identity import AuthMode
from chatkit_agent.options.options import TokenMode
from chatkit_agent.sandbox.isolation import Isolation

Failing = Literal["key", "cut", "database", "tools"]
"""The model refuses its key, or breaks off; the database or the MCP server is away."""
Mounting = Literal["app", "alone", "sidecar"]
Route = tuple[str, str]
"""A method and a path, such as `("GET", "/items/{id}")`; a mounted application has `MOUNT`."""
# The offline model takes several times as long from its first word to its last.
LEAST_SECONDS = 0.1
CURSOR, LARGE = "a cursor that is none", "a body of 11 MiB"
LONG, LONG_ID = "an id of 50,000 characters", 50_000
"""Attempts of which a chat may also think otherwise."""


@dataclass(frozen=True)
class Environment:
    """The Python that ran the application, and what an overlay added to it and took over in it."""

    python: str
    version: str
    source: str
    packages: Mapping[str, str]
    added: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    """What is installed and was replaced for the run, such as `websockets==17.4`."""


@dataclass(frozen=True)
class Boot:
    """One start of the application. `error` is its own last words where it did not come up."""

    error: str | None
    routes: frozenset[Route] = frozenset()
    openapi: frozenset[Route] | None = None
    openapi_error: str | None = None
    seconds: float = 0.0
    global_dependencies: tuple[str, ...] = ()
    """Names of the dependencies that the application asks of every request, sign-in aside."""
    middlewares: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    """The host names that its middlewares allow."""
    origins: tuple[str, ...] = ()
    """The origins of pages that they allow."""

    @property
    def ok(self) -> bool:
        return self.error is None


@dataclass(frozen=True)
class Person:
    """Somebody who signs in. The token is random, so that finding it anywhere means a leak."""

    id: str
    token: str


@dataclass(frozen=True)
class Frame:
    """One event of a stream, `at` so many seconds after the request was sent."""

    at: float
    event: Mapping[str, Any]

    @property
    def type(self) -> str:
        return str(self.event.get("type", ""))

    @property
    def delta(self) -> str:
        """The piece of the assistant's text that this frame brings."""
        update = self.member("update")
        return str(update.get("delta") or "") if "text_delta" in str(update.get("type")) else ""

    def member(self, name: str) -> Mapping[str, Any]:
        """An object in the event; an empty one where a server sends something else there."""
        found = self.event.get(name)
        return found if isinstance(found, Mapping) else {}


@dataclass(frozen=True)
class Reply:
    """What one request got. `status` is None where no answer came, and `error` says why."""

    status: int | None
    body: str = ""
    frames: tuple[Frame, ...] = ()
    ended: float = 0.0
    """Seconds from the request to the end of the answer."""
    error: str | None = None
    location: str = ""
    """Where a redirect leads."""
    cookies: Mapping[str, str] = field(default_factory=dict)
    """What it set."""
    limited: bool = False
    """It was refused with 429 before, and sent again from another address."""
    is_from_front: bool = False
    """A route that is not there gets the same: what answers stands in front of the chat."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """What it was answered with, by names in lower case."""

    @property
    def thread(self) -> str | None:
        """The id of the thread that a stream made."""
        made = (each.member("thread") for each in self.frames if each.type == "thread.created")
        return next((str(each["id"]) for each in made if each.get("id")), None)

    @property
    def text_frames(self) -> tuple[Frame, ...]:
        return tuple(frame for frame in self.frames if frame.delta)

    @property
    def streamed(self) -> bool:
        """The text came piece by piece, and not all at once."""
        pieces = self.text_frames
        return bool(pieces) and self.ended - pieces[0].at >= LEAST_SECONDS

    @property
    def answer(self) -> str:
        return "".join(frame.delta for frame in self.frames)

    @property
    def failure(self) -> str | None:
        """What the stream's own error event says."""
        errors = (frame.event for frame in self.frames if frame.type == "error")
        return next((str(error.get("message") or error.get("code")) for error in errors), None)

    @property
    def items(self) -> list[Mapping[str, Any]]:
        """The thread's items as they were when each was done."""
        done = ("thread.item.done", "thread.item.replaced")
        found = (frame.member("item") for frame in self.frames if frame.type in done)
        return [item for item in found if item]

    @property
    def texts(self) -> tuple[str, ...]:
        """Every string in a JSON body, however deep: the shape of items is the protocol's."""
        return texts_in(self.body)

    @property
    def everything(self) -> str:
        """All that was received, to be searched."""
        events = (json.dumps(dict(frame.event), ensure_ascii=False) for frame in self.frames)
        return "\n".join((self.body, *events))

    @property
    def told(self) -> str:
        """What a person is told by this answer."""
        return self.failure or self.error or self.answer or self.summary

    @property
    def summary(self) -> str:
        known = f"{self.status} {self.body[:300]}".strip()
        return f"no answer: {self.error}" if self.status is None else known


@dataclass(frozen=True)
class ToolCall:
    """A tool call that the MCP server received."""

    tool: str
    arguments: Mapping[str, Any]
    authorization: str | None


@dataclass(frozen=True)
class Span:
    """Something that took its time in a turn, in seconds after the question was sent."""

    lane: Literal["browser", "model", "tools"]
    what: str
    begin: float
    end: float


@dataclass(frozen=True)
class Turn:
    """One question, and what came back to the person who asked."""

    person: Person
    question: str
    reply: Reply
    calls: tuple[ToolCall, ...]
    """The tool calls that the MCP server received meanwhile."""
    behind: tuple[Span, ...] = ()
    """What the model and the tools did meanwhile."""

    @property
    def timeline(self) -> tuple[Span, ...]:
        """What the person saw, and what was behind it."""
        return (*_spans(self.reply), *self.behind)


def _spans(reply: Reply) -> Iterator[Span]:
    for first in reply.frames[:1]:
        yield Span("browser", "first event", first.at, first.at)
    for frame in reply.frames:
        if frame.member("item").get("type") in ("workflow", "task"):
            yield Span("browser", "tool step", frame.at, frame.at)
    if reply.text_frames:
        yield Span("browser", "the answer", reply.text_frames[0].at, reply.text_frames[-1].at)
    yield Span("browser", "the end", reply.ended, reply.ended)


@dataclass(frozen=True)
class Attempt:
    """A request that has to be refused: what somebody tried, and what they got."""

    what: str
    reply: Reply


@dataclass(frozen=True)
class Interruption:
    """An answer that Alice stopped in the middle, and what she asked meanwhile and right after."""

    stopped: Turn
    """What she heard of it."""
    meanwhile: Turn | None
    """Asked in the same thread while the answer was still being written; not of a live model."""
    later: Turn
    model_hung_up: bool | None
    """The request to the model was broken off as well; not known of a live one."""
    items: Reply


@dataclass(frozen=True)
class Repetition:
    """A question that was answered, and answered again when Alice pressed Retry."""

    asked: Turn
    again: Turn
    items: Reply


@dataclass(frozen=True)
class Approval:
    """A question that needs a destructive tool. The rest is None where nobody was asked."""

    asked: Turn
    approved: Turn | None
    twice: Turn | None  # the same button, pressed again


@dataclass(frozen=True)
class MarkedCall:
    """A question that needs a route which answers with a mark of whoever is signed in."""

    turn: Turn
    is_offered: bool
    is_own: bool
    """The model was told the mark of the person who asked; `is_foreign`: of somebody else."""
    is_foreign: bool


@dataclass(frozen=True)
class Outage:
    """What Alice got when something failed, and what her thread has afterwards."""

    what: Failing
    reply: Reply
    health: Reply
    items: Reply


@dataclass(frozen=True)
class AfterRestart:
    """What Alice found when the application was started again."""

    boot: Boot
    thread: Reply
    items: Reply
    later: Turn
    """Her next question in the same thread."""


@dataclass(frozen=True)
class SecondUser:
    """What Bob, signed in as himself, got when he looked for Alice's thread."""

    turn: Turn
    threads: Reply
    attempts: tuple[Attempt, ...]
    items_for_alice: Reply
    """What Alice has in her thread after his attempts."""


@dataclass(frozen=True)
class Conversation:
    """What Alice and Bob said, and everything that was kept of it.

    What needs Alice's thread is None or empty where her first turn did not make one.
    """

    alice: Turn
    health: Reply | None = None
    """What `GET {path}/health` said while all was well."""
    interruption: Interruption | None = None
    repetition: Repetition | None = None
    approval: Approval | None = None
    malformed: tuple[Attempt, ...] = ()
    """What Alice, signed in, got for requests that no client would send."""
    restart: AfterRestart | None = None
    second_user: SecondUser | None = None
    outages: tuple[Outage, ...] = ()
    page: PageVisit | None = None
    no_page: str = ""
    """Why the page was not looked at, where it could have been."""
    prompts: tuple[str, ...] = ()
    """The body of every request that the model received."""
    stored: str = ""
    """Every row of the chat's tables."""
    closed: str = ""
    """What kept the rest of the requests out, where something did."""


@dataclass(frozen=True)
class Run:
    """Everything that was seen. `unseen` says why there is no conversation, where there is none."""

    environment: Environment
    path: str
    auth: AuthMode
    token: TokenMode
    approvals: bool
    """The chat was added with what asks before a tool destroys something."""
    sign_in: str | None
    """The application's own dependency that knows its users."""
    global_dependencies: tuple[str, ...]
    """Dependencies of every request for which a stand-in was needed to reach the chat at all."""
    mounting: Mounting
    before: Boot | None
    after: Boot
    alone: Boot | None
    """The chat without the application: mounted alone, or a service of its own."""
    conversation: Conversation | None
    unauthenticated: tuple[Attempt, ...] | None
    unseen: str | None
    log: str
    """What the application with the chat wrote to its output, all starts together."""
    stand_in_key: bool = False
    """Of a sidecar: tokens of the run were not signed with the application's own variable."""
    application: Environment | None = None
    """Of a sidecar: the Python that ran the application itself."""
    outside: tuple[str, ...] | None = None
    """Of a sidecar: the files outside of its folder that were written for it, where known."""
    is_live: bool = False
    """The project's own database, MCP server and model were used: what these saw is not known."""
    stood_in: bool = False
    """A stand-in for the application's own sign-in knew these users."""
    carried: str = ""
    """Where requests carried the user's token, such as "the cookie `session`"."""
    carried_is_seen: bool = True
    """The application's own sign-in was seen to read it there."""
    without_token: str = ""
    """Why no token of the person can reach the tools, where none can."""
    met: tuple[str, ...] = ()
    """What stood in front of the chat and was passed: `https`, `host`, `csrf`, `origin`, `rate`."""
    isolation: Isolation = field(default_factory=Isolation)  # from its owner's services
    has_route_tools: bool = False  # the application's own
    marked_calls: tuple[MarkedCall, ...] | str | None = None
    """A text says why nothing was seen."""
    model_key: str = ""
    """Random as well, so that finding it anywhere means a leak."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What nobody may be told, in a report either."""
        seen = self.conversation
        people = [] if seen is None else [seen.alice.person]
        people += [seen.second_user.turn.person] if seen and seen.second_user else []
        return tuple(filter(None, (*(who.token for who in people), self.model_key)))

    @property
    def replies(self) -> tuple[Reply, ...]:
        return tuple(_replies(self))


def _replies(node: object) -> Iterator[Reply]:
    if isinstance(node, Reply):
        yield node
    elif isinstance(node, tuple):
        for each in node:
            yield from _replies(each)
    elif is_dataclass(node):
        for each in fields(node):
            yield from _replies(getattr(node, each.name))
