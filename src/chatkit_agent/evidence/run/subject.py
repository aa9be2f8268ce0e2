"""The subject: what is to be checked, and what is lent to it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dotenv import set_key

from chatkit_agent.errors import BadOption
from chatkit_agent.options.options import Options
from chatkit_agent.project.read import Project
from chatkit_agent.project.scratch import encoding_of, values_in

# How people name what a chat needs.
DATABASE_URL = re.compile(r"DATABASE_UR[LI]$|POSTGRES\w*_UR[LI]$|(?:^|_)DB_UR[LI]$|(?:^|_)DSN$")
LISTS = ("names", "files", "schemes", "modules")
POSTGRES = re.compile(r"postgres(?:ql)?(?:\+\w+)?://")
JWKS_URL = re.compile(r"JWKS\w*UR[LI]$|JWKS$")


@dataclass(frozen=True)
class Loan:
    """A value that is lent to an application which asks for a variable that is set nowhere."""

    name: str
    value: str = field(repr=False)
    source: str | None
    """The file that says it; None: it was made up."""
    tried: tuple[str, ...] = field(default=(), repr=False)
    """What was lent by now, this included."""


@dataclass(frozen=True)
class Subject:
    """What is to be checked, and how its owner wants it to be run.

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
    own_services: tuple[str, ...] = ()
    """Variables, or hosts with ports, of its owner's that it may have and reach all the same."""
    wanted: tuple[str, ...] = ()
    """The parameters by which its own tools require the caller, such as `params.access_token`."""
    more_tools: tuple[str, ...] = ()
    """Names that the sandbox's tools have as well, since its own tools have them."""
    lends: bool = False
    """Whether to start again with what the application lacks, once it was seen to."""
    lent: tuple[Loan, ...] = ()
    lent_files: tuple[str, ...] = ()
    """Env files that have to be there, and are made in the copy."""
    migrations: str | None = None
    """The `alembic.ini` of those that make the tables which it was seen to lack."""
    redis_is_open: bool = False
    """It was seen to send no password to the Redis that is lent."""

    @property
    def keys_variable(self) -> str | None:
        """By which a chat that somebody else wrote finds the keys that verify its tokens."""
        tokens, chat = self.project.tokens, self.project.chat
        if tokens is None or not tokens.is_jwks or chat.applied or self.options.auth == "none":
            return None
        return tokens.key_variable or next(filter(JWKS_URL.search, self.others), None)


def own_variables(subject: Subject) -> dict[str, str]:
    """The person's own environment, and what their env file adds."""
    given = values_in(subject.env_file) if subject.env_file else {}
    if subject.env_file and encoding_of(subject.env_file) is None:
        raise BadOption(f"--env-file {subject.env_file}: it is no text.")
    # What only an example names is a database too, and may be what the application waits for.
    named = {name: text for name, text in subject.others.items() if _is_database(name, text)}
    lent = {each.name: each.value for each in subject.lent}
    return {**named, **lent, **os.environ, **given}


def _is_database(name: str, value: str) -> bool:
    return bool(POSTGRES.match(value)) or (bool(DATABASE_URL.search(name)) and not value)


def said_in(file: Path) -> Iterator[Mapping[str, Any]]:
    """What the process that was started wrote down, which may be anything."""
    text = file.read_text(errors="replace") if file.is_file() else ""
    for line in dict.fromkeys(text.splitlines()):
        with suppress(ValueError, RecursionError):
            said = json.loads(line)
            if isinstance(said, dict) and all(isinstance(said.get(n, []), list) for n in LISTS):
                yield {**said, **{n: list(map(str, said.get(n, []))) for n in LISTS}}


def lend_files(copy: Path, files: Iterable[str], lent: Iterable[Loan]) -> None:
    """Env files with what is lent; something has to be in them for who asks whether they loaded."""
    values = {each.name: each.value for each in lent} or {"LENT_BY_CHATKIT_AGENT": "true"}
    for path in (copy / each for each in files):
        is_inside = path.parent.resolve().is_relative_to(copy.resolve())
        if is_inside and path.parent.is_dir() and not path.exists() and not path.is_symlink():
            path.touch()
            for name, value in values.items():
                set_key(path, name, value)
