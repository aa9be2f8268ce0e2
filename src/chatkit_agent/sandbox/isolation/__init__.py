"""Isolation: what an application that is booted may reach, and what it tried to reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

NOT_LENT_REDIS = r"has no permissions to run the '"
NOT_LENT = (
    r'extension "[^"]+" is not available|permission denied to (?!set role)|[Mm]ust be superuser|'
    + NOT_LENT_REDIS
)
"""What PostgreSQL and Valkey say of that for which the lent one, or the lent role, is not made."""
UNLENT = {
    "MongoDB": "No MongoDB is lent, as no Python package is known that has its server. ",
    "Redis": (
        "A Redis is lent where this tool runs on Linux or macOS with Python 3.11 or newer, "
        "and neither Sentinel nor a cluster. "
    ),
}


@dataclass(frozen=True)
class Closed:
    """A service of the owner's that was replaced by an address at which nobody answers."""

    name: str
    """The variable, or the file and line, that names it."""
    kind: str
    was: str
    """Host and port, never with credentials."""


@dataclass(frozen=True)
class Reach:
    """What a process and its children may reach: the sandbox, and nothing of its owner's."""

    addresses: frozenset[str]
    """Such as `127.0.0.1:40123`; `*` stands for every port."""
    names: frozenset[str]
    """Host names that may be looked up."""
    sockets: tuple[Path, ...]
    """Unix sockets, or folders of them."""
    writable: tuple[Path, ...]
    work: Path
    """The copy of the project."""
    log: Path
    """Where attempts are written, a JSON object on each line."""
    temporary: tuple[Path, ...] = ()
    """Folders in which new files may be made, and none that is there changed."""
    closed: Mapping[str, Closed] = field(default_factory=dict)
    """What was replaced, by the address that took its place."""


@dataclass(frozen=True)
class Attempt:
    """Something outside of the sandbox that the application tried, and was refused."""

    action: str
    """connect, send, look up, listen or write."""
    target: str
    """Host and port as the owner knows them, a host name, or a path."""
    by: str
    """The application's own line, else the program."""
    variable: str | None = None
    kind: str | None = None
    times: int = 1

    @property
    def text(self) -> str:
        named = f"{self.kind or 'service'} of `{self.variable}`, {self.target}"
        what = named if self.variable else f"`{self.target}`"
        operation = VERBS[self.action]
        by = f" by {self.by}" if self.by else ""
        often = f" ({self.times} times)" if self.times > 1 else ""
        return f"{operation} {what}{by}{often}"


NAME_SERVER = ":53"
"""Whoever asks there wants the address of another host, of which the sandbox does not hear."""
VERBS = {
    "connect": "connecting to",
    "send": "sending to",
    "look up": "looking up",
    "listen": "listening at",
    "write": "writing to",
}


@dataclass(frozen=True)
class LentVariable:
    """A variable without which the application does not run, and that is set nowhere."""

    name: str
    source: str | None
    """The file whose value it has; None: the value was made up."""
    is_refused: bool = False
    """The application was seen not to take the value."""
    is_own: bool = False
    """An env file has it that is no example, and that the application did not load."""

    @property
    def text(self) -> str:
        return f"`{self.name}` ({f'from `{self.source}`' if self.source else 'made up'})"


@dataclass(frozen=True)
class Isolation:
    """How a run was kept apart from its owner's services, and what it tried to reach."""

    attempts: tuple[Attempt, ...] = ()
    lent: tuple[str, ...] = ()
    """Names of the variables and files that lead to a database of the sandbox."""
    lent_redis: tuple[str, ...] = ()
    """The same, of a Redis."""
    locks: tuple[str, ...] = ()
    """What refused: `python`, `kernel network`, `kernel files`, `macos network`, `macos files`."""
    own: tuple[str, ...] = ()
    """What the owner allowed with --own-services."""
    unseen: tuple[str, ...] = ()
    """Libraries in C and other programs whose connections are not in `attempts`."""
    variables: tuple[LentVariable, ...] = ()
    """What the application needs and nobody has set, so that the sandbox lent it."""
    migrations: str | None = None
    """The `alembic.ini` of those that were run, as the application lacked its tables."""
    redis_is_open: bool = False
    """The lent one let everybody of this machine in."""

    @property
    def lending(self) -> str:
        """What was lent, and how to do without."""
        own = ", ".join(each.text for each in self.variables if each.is_own)
        others = ", ".join(each.text for each in self.variables if not each.is_own)
        said = []
        if own:
            said.append(
                "In a file that the application did not load by itself, so the sandbox lent it: "
                f"{own}. Whatever starts the application has to set it."
            )
        if others:
            said.append(
                f"Set nowhere, so the sandbox lent it: {others}. "
                "Your own value in a `.env`, or in --env-file FILE, is taken instead."
            )
        return " ".join(said)

    @property
    def refusing(self) -> str:
        """Which of it the application does not take, so that what fails is not the chat's fault."""
        names = _quote([each.name for each in self.variables if each.is_refused])
        return f"The application did not take what was lent for {names}." if names else ""

    @property
    def wanted(self) -> tuple[str, ...]:
        """What --own-services takes to let these attempts through."""
        tried = (each for each in self.attempts if each.action != "write")
        return tuple(
            dict.fromkeys(
                "HOST:PORT" if each.target.endswith(NAME_SERVER) else each.variable or each.target
                for each in tried
            )
        )

    @property
    def ways_on(self) -> str:
        """What to do where the application does not start without what it was refused."""
        if not self.wanted:
            return ""
        refused = _quote(self.wanted).replace("`HOST:PORT`", "the address of a host that it names")
        kinds = {each.kind for each in self.attempts}
        unlent = "".join(why for kind, why in UNLENT.items() if kind in kinds)
        return (
            f"It was refused {refused}, and may not start without. {unlent}Two ways on: "
            "--env-file FILE with a throw-away environment that needs none of it, or "
            f"--own-services {','.join(self.wanted)}, which lets it reach yours."
        )

    def notes(self) -> Iterator[str]:
        """What a report says of it."""
        if self.lending:
            yield self.lending
        if self.refusing:
            yield f"{self.refusing} Set it in a `.env`, or in --env-file FILE, and check again."
        if self.lent:
            yield f"{_quote(self.lent)} led to an empty database of the sandbox, not to yours."
        if self.lent_redis:
            yield f"{_quote(self.lent_redis)} led to an empty Redis of the sandbox, not to yours."
        if self.redis_is_open:
            yield "That Redis wanted no password, as the application sent none."
        if self.migrations:
            yield (
                "The application needs its tables there, so its migrations were run first: "
                f"`{self.migrations}`."
            )
        if self.own:
            yield f"What is yours and could be reached, as you allowed: {_quote(self.own)}."
        for each in self.attempts:
            yield f"Refused in the sandbox: {each.text}."
        if self.unseen and "macos network" in self.locks:
            yield (
                f"macOS refused {_quote(self.unseen)} whatever is not the sandbox's, and does not "
                "tell what that was."
            )
        elif self.unseen:
            yield (
                f"Where {_quote(self.unseen)} connected to was neither refused nor seen: on this "
                "machine only Python's own connections can be. What your variables and files name "
                "was replaced for these too."
            )


def _quote(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
