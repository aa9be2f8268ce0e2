"""Evidence: everything that is known of a chat, as one immutable value that checks read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from packaging.version import InvalidVersion
from packaging.version import Version as Number

from chatkit_agent.evidence.run import Run
from chatkit_agent.evidence.static.ignores import Ignore
from chatkit_agent.evidence.symptoms import Symptom
from chatkit_agent.project.read import Project
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.front_end import FrontEnd, front_end
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.sandbox.isolation import Isolation

DEPLOYING = (".yml", ".yaml", ".toml", ".sh", ".tf", ".json", ".service", "Dockerfile", "Procfile")


@dataclass(frozen=True)
class Setting:
    """A variable in an environment file. Its value is checked, and never shown."""

    name: str
    value: str = field(repr=False)
    where: str
    """The file and line."""
    is_example: bool


@dataclass(frozen=True)
class Version:
    """A version of a package, or the range of it, and where that stands."""

    text: str
    where: str

    def is_before(self, since: str) -> bool:
        try:
            return Number(self.text) < Number(since)
        except InvalidVersion:
            return False


@dataclass(frozen=True)
class Packages:
    """The packages of the project by name: ranges as declared, versions as locked and installed."""

    declared: Mapping[str, Version] = field(default_factory=dict)
    locked: Mapping[str, Version] = field(default_factory=dict)
    installed: Mapping[str, Version] = field(default_factory=dict)

    def version(self, name: str) -> Version | None:
        """The version that runs: the installed one, else the locked one."""
        return self.installed.get(name) or self.locked.get(name)


@dataclass(frozen=True)
class Frame:
    """A line of a traceback."""

    file: str
    line: int
    function: str


@dataclass(frozen=True)
class Raised:
    """An exception in a log. `kind` is its name as printed, such as `openai.NotFoundError`."""

    kind: str
    message: str
    line: int
    frames: tuple[Frame, ...] = ()
    chain: tuple[int, ...] = ()
    """The lines of the exceptions that it was raised from, the first one first."""
    in_request: bool = False
    """It ended a request, or an answer that had begun."""

    @property
    def name(self) -> str:
        return self.kind.rpartition(".")[2]

    @property
    def text(self) -> str:
        return f"{self.kind}: {self.message}" if self.message else self.kind


@dataclass(frozen=True)
class Log:
    """The lines of a log, with what looks like a credential masked, and the exceptions in it."""

    name: str
    lines: tuple[str, ...]
    raised: tuple[Raised, ...] = ()
    place: str | None = None
    """Where all of it comes from, where that is no file with lines."""
    numbers: tuple[int, ...] = ()
    """Those of the lines in the file, where a record of it holds several."""

    def where(self, line: int) -> str:
        number = self.numbers[line - 1] if self.numbers and line else line
        return self.place or f"{self.name}:{number}"


@dataclass(frozen=True)
class Passed:
    """One thing that went over the wire, so many seconds after the first."""

    at: float
    body: Mapping[str, Any]
    kind: Literal["request", "status", "event"]

    @property
    def type(self) -> str:
        return str(self.body.get("type", ""))


@dataclass(frozen=True)
class Trace:
    """A wire log of the console, or of any client."""

    name: str
    passed: tuple[Passed, ...]


@dataclass(frozen=True)
class Probe:
    """A request to the running application, and what came back. `status` is None for no answer."""

    name: str
    request: str
    """What was sent, such as `POST /chatkit {}`."""
    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    error: str | None = None
    arrivals: tuple[float, ...] = ()
    """When each event of a stream came, in seconds after the request."""


@dataclass(frozen=True)
class Running:
    """The running application, as its probes met it."""

    url: str
    probes: tuple[Probe, ...]

    def probe(self, name: str) -> Probe | None:
        return next((each for each in self.probes if each.name == name), None)


@dataclass(frozen=True)
class Service:
    """Something that the chat needs, asked at the address that the project's variable names.

    `answer` is what it said where it refused, such as the name of an exception; None where it is
    well. Nothing of the variable's value is in it.
    """

    kind: Literal["database", "tools", "model"]
    variable: str
    where: str
    answer: str | None
    credentials: tuple[str, ...] = ()
    """The parameters by which its tools require the caller, such as `params.access_token`."""
    is_pooled: bool = False
    """Of a database: several connections to it share one, as behind PgBouncer."""
    refused_names: tuple[str, ...] = ()
    """Those of its tools that a model's provider refuses."""

    @property
    def place(self) -> str:
        return f"`{self.variable}`, {self.where}"


@dataclass(frozen=True)
class Ending:
    """The process was ended in the middle of an answer, and the thread read after a new start."""

    how: Literal["deploy", "crash"]
    """By SIGTERM, and by SIGKILL where that takes too long; or by SIGKILL at once."""
    seconds: float | None
    """How long it took to end by itself; None: it was killed."""
    is_kept: bool
    """Whether what was said by then is in the thread."""


@dataclass(frozen=True)
class Trial:
    """The application, started in the sandbox and asked a question that needs a tool."""

    error: str | None
    """Its own last words where it did not start."""
    seconds: float
    path: str
    answer: str
    """What the person was told."""
    is_answered: bool
    asked_model: bool
    reached_tools: bool
    models: tuple[str, ...] = ()
    """The names of the models that were asked."""
    called: tuple[str, ...] = ()
    """The tools that were called."""
    without_token: tuple[str, ...] = ()
    """Those of them that were called without the person's token."""
    endings: tuple[Ending, ...] = ()
    left_to_model: tuple[str, ...] = ()
    """Parameters for the caller that the model was to fill in, and no call had the token there."""
    came_with: str = ""
    """What the requests to the tools' server had instead of the token, where all were refused."""
    lacks_tables: bool = False
    """Its tables are made by migrations, which are not run: they may name another database."""
    isolation: Isolation = field(default_factory=Isolation)
    """How it was kept apart from its owner's services."""
    closed: str = ""
    """What in front of the chat kept requests out."""
    refused_names: tuple[str, ...] = ()
    """Names of tools that the model was offered, and its provider would refuse."""

    @property
    def is_unauthenticated(self) -> bool:
        """Whether the application does not know the people of the sandbox, or lets them do less."""
        return self.answer.startswith(("401", "403")) and not self.asked_model


@dataclass(frozen=True)
class Evidence:
    """Everything that was read, parsed and asked. What was not looked at is None."""

    project: Project
    sources: Sources
    chat: Anatomy
    """It has no files where there is no chat."""
    settings: tuple[Setting, ...] = ()
    committed: frozenset[str] = frozenset()
    """The environment files that git has."""
    left_out: tuple[str, ...] = ()
    """Files of the chat that git ignores and does not have."""
    required: tuple[str, ...] = ()
    """Names of the variables without which the chat cannot answer."""
    packages: Packages = Packages()
    log: Log | None = None
    trace: Trace | None = None
    running: Running | None = None
    trial: Trial | None = None
    services: tuple[Service, ...] = ()
    more_logs: tuple[Log, ...] = ()
    """What was written meanwhile, by the application in the sandbox and by the services."""
    symptoms: frozenset[Symptom] = frozenset()
    """What the person said that they see."""
    words: str = ""
    """In which they said it."""
    environ: frozenset[str] = frozenset()
    """Names of variables that are set where this runs."""
    ignores: tuple[Ignore, ...] = ()
    unused_ignores: tuple[Ignore, ...] = ()
    run: Run | None = None
    """The whole conversation of `verify` with the booted application."""

    @cached_property
    def front_end(self) -> FrontEnd:
        """The files that show the chat in a browser."""
        known = sorted(self.settings, key=lambda each: not each.is_example)
        return front_end(self.sources, {each.name: each.value for each in known})

    @property
    def has_chat(self) -> bool:
        return bool(self.chat.code.files)

    def set_in_files(self, name: str) -> Iterator[Setting]:
        """Where a variable is set for real, not in an example."""
        yield from (each for each in self.settings if each.name == name and not each.is_example)

    def is_deployed_with(self, name: str) -> bool:
        """Whether something that starts or deploys the application names this variable."""
        texts = (self.sources.text(path) for path in self.sources.tree.glob(*DEPLOYING))
        return any(name.lower() in text.lower() for text in texts)
