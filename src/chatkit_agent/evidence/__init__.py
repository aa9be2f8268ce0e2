"""Evidence: what was seen when the application ran, as one immutable value that checks read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from chatkit_agent.choices import AuthMode, TokenMode

Mounting = Literal["app", "alone", "sidecar"]
Route = tuple[str, str]
"""A method and a path, such as `("GET", "/items/{id}")`; a mounted application has `MOUNT`."""


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
    gates: tuple[str, ...] = ()
    """Names of the dependencies that the application asks of every request, sign-in aside."""

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
        update = self.event.get("update") or {}
        return str(update.get("delta") or "") if "text_delta" in str(update.get("type")) else ""


@dataclass(frozen=True)
class Reply:
    """What one request got. `status` is None where no answer came, and `error` says why."""

    status: int | None
    body: str = ""
    frames: tuple[Frame, ...] = ()
    ended: float = 0.0
    """Seconds from the request to the end of the answer."""
    error: str | None = None

    @property
    def thread(self) -> str | None:
        """The id of the thread that a stream made."""
        made = (
            frame.event["thread"]["id"] for frame in self.frames if frame.type == "thread.created"
        )
        return next(made, None)

    @property
    def text_frames(self) -> tuple[Frame, ...]:
        """The frames that brought a piece of the answer."""
        return tuple(frame for frame in self.frames if frame.delta)

    @property
    def answer(self) -> str:
        return "".join(frame.delta for frame in self.frames)

    @property
    def failure(self) -> str | None:
        """What the stream's own error event says."""
        errors = (frame.event for frame in self.frames if frame.type == "error")
        return next((str(error.get("message") or error.get("code")) for error in errors), None)

    @property
    def summary(self) -> str:
        if self.status is None:
            return f"no answer: {self.error}"
        return f"{self.status} {self.body[:300]}".strip()


@dataclass(frozen=True)
class ToolCall:
    """A tool call that the MCP server received."""

    tool: str
    arguments: Mapping[str, Any]
    authorization: str | None


@dataclass(frozen=True)
class Turn:
    """One question, and what came back to the person who asked."""

    person: Person
    question: str
    reply: Reply
    calls: tuple[ToolCall, ...]
    """The tool calls that the MCP server received meanwhile."""


@dataclass(frozen=True)
class Attempt:
    """A request that has to be refused: what somebody tried, and what they got."""

    what: str
    reply: Reply


@dataclass(frozen=True)
class AfterRestart:
    """What Alice found when the application was started again."""

    boot: Boot
    thread: Reply
    items: Reply
    later: Turn
    """Her next question in the same thread."""


@dataclass(frozen=True)
class Neighbour:
    """What Bob, signed in as himself, got when he looked for Alice's thread."""

    turn: Turn
    threads: Reply
    attempts: tuple[Attempt, ...]
    items_for_alice: Reply
    """What Alice has in her thread after his attempts."""


@dataclass(frozen=True)
class Conversation:
    """What Alice and Bob said, and everything that was kept of it.

    The parts that need Alice's thread are None where her first turn did not make one.
    """

    alice: Turn
    neighbour: Neighbour | None
    restart: AfterRestart | None
    prompts: tuple[str, ...]
    """The body of every request that the model received."""
    stored: str
    """Every row of the chat's tables."""


@dataclass(frozen=True)
class Evidence:
    """Everything that was seen. `unseen` says why there is no conversation, where there is none."""

    environment: Environment
    path: str
    auth: AuthMode
    token: TokenMode
    sign_in: str | None
    """The application's own dependency that knows its users."""
    gates: tuple[str, ...]
    """Dependencies of every request for which a stand-in was needed to reach the chat at all."""
    mounting: Mounting
    before: Boot | None
    after: Boot
    alone: Boot | None
    """The chat without the application: mounted alone, or a service of its own."""
    conversation: Conversation | None
    strangers: tuple[Attempt, ...] | None
    unseen: str | None
    log: str
    """What the application with the chat wrote to its output, all starts together."""
    application: Environment | None = None
    """Of a sidecar: the Python that ran the application itself."""
    outside: tuple[str, ...] | None = None
    """Of a sidecar: the files outside of its folder that were written for it, where that is known.
    """
