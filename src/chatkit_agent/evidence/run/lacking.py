"""Lacking: what an application was seen to need and not to have, and what is lent to it for that.

Nothing is lent before an error has named it, so an example file can only fill what the application
itself asks for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar

from dotenv import dotenv_values

from chatkit_agent.evidence.run.made_up import Wanted, made_up
from chatkit_agent.evidence.run.optional_packages import optional_package
from chatkit_agent.evidence.run.staging import Stage
from chatkit_agent.evidence.run.subject import Loan, Subject, said_in
from chatkit_agent.project.env_files import is_env_file, is_example
from chatkit_agent.project.facts import App
from chatkit_agent.project.source.compose import compose_files
from chatkit_agent.project.source.folders import is_side_file, upwards, within
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.tree import Tree
from chatkit_agent.sandbox.isolation.environment import LEFT_OUT

MOST_STARTS = 10
MOST_CHARACTERS = 10_000
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
NO_PASSWORD = re.compile(
    rb"NOAUTH |AuthenticationError: Authentication required|HELLO must be called with"
)
NO_TABLE = re.compile(rb"relation \"[^\"]+\" does not exist|no such table: ")
# How Python, the system and services for tests run programs, and no setting of an application's.
OF_SYSTEM = re.compile(
    r"CI|GITHUB_ACTIONS|GITLAB_CI|PYTEST_.*|PYTHON.*|LD_.*|DYLD_.*|PATH|HOME|USER|SHELL|TMPDIR|LANG|LC_.*|IFS|ENV|BASH_ENV|NODE_OPTIONS|"
    r"WEB_CONCURRENCY|UVICORN_.*|GUNICORN_.*|FORWARDED_ALLOW_IPS|CHATKIT_AGENT_.*|.*_proxy|GIT_.*|SSL_.*|OPENSSL_.*|MALLOC_.*|GLIBC_.*",
    re.IGNORECASE,
)
Seen = TypeVar("Seen")


class Lacking(Exception):
    """What runs lacks something that may be lent: it has to be started again, with that."""

    def __init__(self, lacks: tuple[Lack, ...]) -> None:
        super().__init__(", ".join(each.names[0] for each in lacks if each.names))
        self.lacks = lacks


@dataclass(frozen=True)
class Lack:
    """A variable, by the names that would do, or env files that have to be there."""

    names: tuple[str, ...] = ()
    is_exact: bool = True
    is_refused: bool = False
    """It has a value that the application does not take."""
    is_keyed: bool = False
    """It may do without, or be no variable at all: only an example can tell."""
    wanted: Wanted = field(default_factory=lambda: Wanted(""))
    files: tuple[str, ...] = ()
    tables: bool = False
    """Its database has none of its tables."""
    modules: tuple[str, ...] = ()
    """What it imports and is not installed."""
    sends_password: bool = True
    """Not to the Redis that is lent, which wants one."""

    @property
    def is_of_use(self) -> bool:
        """Something can be done about it."""
        known = self.names or self.files or self.tables or self.modules
        return bool(known) or not self.sends_password


def lacks_in(file: Path) -> tuple[Lack, ...]:
    return tuple(map(_lack, said_in(file)))


def _lack(said: Mapping[str, Any]) -> Lack:
    names = tuple(name for name in said.get("names", ()) if _is_lendable(name))
    wanted = Wanted(
        "",
        value if isinstance(value := said.get("value"), str) else None,
        _number(said.get("shortest")) or 0,
        _number(said.get("longest")),
        tuple(said.get("schemes", ())),
        bool(said.get("url")),
    )
    is_keyed, is_refused = bool(said.get("keyed")), bool(said.get("refused"))
    files = tuple(said.get("files", ()))
    tables = said.get("tables") is True
    modules = tuple(said.get("modules", ()))
    is_exact = bool(said.get("exact", True))
    return Lack(names, is_exact, is_refused, is_keyed, wanted, files, tables, modules)


def _number(said: object) -> int | None:
    return int(said) if isinstance(said, int | float) and 0 < said < MOST_CHARACTERS else None


def _is_lendable(name: str) -> bool:
    is_system = OF_SYSTEM.fullmatch(name) or LEFT_OUT.fullmatch(name)
    return NAME.fullmatch(name) is not None and not is_system


def heed(stage: Stage) -> None:
    """
    Raises:
        Lacking: what was started has written down that it lacks something.
    """
    lacks = lacks_in(stage.lacks) if stage.lends else ()
    # What a middleware hands on in a task of its own is only in the log.
    log = stage.log() if stage.start.log.exists() else b""
    if stage.lends and not stage.start.migrations and NO_TABLE.search(log):
        lacks = (*lacks, Lack(tables=True))
    is_asked = stage.given.lent_redis and not stage.given.redis_is_open
    if stage.lends and is_asked and NO_PASSWORD.search(log):
        lacks = (*lacks, Lack(sends_password=False))
    if any(each.is_of_use for each in lacks):
        raise Lacking(lacks)


def with_loans(
    subject: Subject, packages: Mapping[str, str], look: Callable[[Subject], Seen]
) -> Seen:
    """What is seen once the application has been lent what it lacks."""
    sources = Sources(Tree(subject.project.root))
    declared = dict.fromkeys(subject.project.packaging.declared, "")
    packages = {**declared, **packages}
    subject = replace(subject, lends=not subject.is_live)
    for _ in range(MOST_STARTS):
        seen = _look_once(subject, look)
        if not isinstance(seen, Lacking):
            return seen
        more = more_lent(subject, seen.lacks, sources, packages)
        named = [each.name for each in more.lent if each not in subject.lent]
        if named:
            subject.progress(f"Set nowhere: {', '.join(named)}. Lending what is needed")
        if also := more.project.packaging.also[len(subject.project.packaging.also) :]:
            subject.progress(f"Not installed, and declared aside: {', '.join(also)}. Installing it")
        if more.redis_is_open != subject.redis_is_open:
            subject.progress("It sends no password to its Redis. Lending one that wants none")
        if more.migrations != subject.migrations:
            subject.progress(f"A table is missing. Running the migrations of {more.migrations}")
        subject = more if more != subject else replace(subject, lends=False)
    return look(replace(subject, lends=False))


def _look_once(subject: Subject, look: Callable[[Subject], Seen]) -> Seen | Lacking:
    try:
        return look(subject)
    except Lacking as lacking:
        return lacking


def more_lent(
    subject: Subject, lacks: Sequence[Lack], sources: Sources, packages: Mapping[str, str]
) -> Subject:
    """The subject with what the lacks ask for; the same where nothing can be lent."""
    lent = {each.name: each for each in subject.lent}
    migrations, packaging = subject.migrations, subject.project.packaging
    also = dict.fromkeys(packaging.also)
    files = dict.fromkeys(subject.lent_files)
    for lack in lacks:
        files |= dict.fromkeys(lack.files)
        if lack.tables and "alembic" in packages:
            migrations = _migrations(sources, subject.options.served_by)
        found = (optional_package(sources, packaging, each) for each in lack.modules)
        also |= dict.fromkeys(filter(None, found))
        loan = _loan(subject, lack, lent, sources, packages) if lack.names else None
        if loan is not None:
            lent[loan.name] = loan
    if len(also) > len(packaging.also):
        packaging = replace(packaging, also=tuple(also))
        subject = replace(subject, project=replace(subject.project, packaging=packaging))
    return replace(
        subject,
        lent=tuple(lent.values()),
        lent_files=tuple(files),
        migrations=migrations,
        redis_is_open=subject.redis_is_open or not all(each.sends_password for each in lacks),
    )


def _migrations(sources: Sources, app: App) -> str | None:
    """The `alembic.ini` that is nearest to the application."""
    folders = upwards(app.file)
    found = [path for path in sources.tree.paths if path.rpartition("/")[2] == "alembic.ini"]
    near = [within(folder, "alembic.ini") for folder in folders]
    return next((path for path in (*near, *sorted(found, key=len)) if path in found), None)


def _loan(
    subject: Subject,
    lack: Lack,
    lent: Mapping[str, Loan],
    sources: Sources,
    packages: Mapping[str, str],
) -> Loan | None:
    """The first value that was not tried before."""
    app = subject.options.served_by
    same = [each for each in lent.values() for name in lack.names if _is_same(each, name, lack)]
    if bool(same) != lack.is_refused:
        return None
    tried = same[0].tried if same else ()
    for name in lack.names:
        for value, path in known_values(sources, app, name, lack.is_exact):
            if value not in tried:
                called = name if lack.is_exact else spelling(sources, app, name)
                return Loan(called, value, path, (*tried, value))
    if lack.is_keyed and not same:
        return None
    name = same[0].name if same else _name_of(lack, sources, subject)
    wanted = replace(lack.wanted, name=name)
    for number, value in enumerate(made_up(wanted, sources, packages)):
        mark = f"made up {number}"
        if mark not in tried:
            return Loan(name, value, None, (*tried, mark))
    return None


def _name_of(lack: Lack, sources: Sources, subject: Subject) -> str:
    first = lack.names[0]
    return first if lack.is_exact else spelling(sources, subject.options.served_by, first)


def _is_same(loan: Loan, name: str, lack: Lack) -> bool:
    return loan.name == name if lack.is_exact else loan.name.lower() == name.lower()


ABOVE = (".env", ".env.example", ".env.sample", ".env.template", ".env.dist", "example.env")
LARGEST = 512 * 1024
LONGEST = 8 * 1024
PLACEHOLDER = re.compile(
    r"<[^<>]*>|\.\.\.|\$[{(]|\{\{|\[(?:your|insert)\b|"
    r"(?:change|replace|update|set|fill|insert|put|add|enter|paste)[\s_-]*"
    r"(?:me|this|it|in|with|here|your?)(?![a-z])|"
    r"(?<![a-z0-9])your?[_ -]|(?<![a-z0-9])your[a-z]*(?:key|secret|token|password)|[_ -]here$|"
    r"^(?:my|some|a)[_ -].*(?:secret|key|token)|^sk-x+$|^[*x?_.-]{3,}$|"
    r"^(?:todo|tbd|none|null|placeholder|example|secret|password|string|value)$",
    re.IGNORECASE | re.DOTALL,
)


def known_values(
    sources: Sources, app: App | None, name: str, exact: bool
) -> Iterator[tuple[str, str]]:
    """Values that are none of a reader's to fill in, with the file of each: real files first."""
    for path, found in _files(sources, app):
        for key, value in found.items():
            is_it = key == name if exact else key.lower() == name.lower()
            if is_it and not is_placeholder(value):
                yield value, path


def spelling(sources: Sources, app: App | None, name: str) -> str:
    """A variable as a file spells it, where its case makes no difference."""
    keys = (key for _, found in _files(sources, app) for key in found)
    return next((key for key in keys if key.lower() == name.lower()), name.upper())


def is_placeholder(value: str) -> bool:
    text = value.strip()
    is_unusable = not text or "\0" in text or len(text) > LONGEST
    return is_unusable or PLACEHOLDER.search(text) is not None


def _files(sources: Sources, app: App | None) -> Iterator[tuple[str, Mapping[str, str]]]:
    folders = upwards(app.file if app else "")

    def rank(path: str) -> tuple[bool, bool, int, int, str]:
        folder, _, name = path.rpartition("/")
        near = folders.index(folder) if folder in folders else len(folders) + path.count("/")
        # `.env.test.example` is of one stage, and `.env.example` of all.
        return is_example(name), is_side_file(path), near, name.count("."), path

    named = [path for path in sources.tree.paths if is_env_file(path.rpartition("/")[2])]
    above = [within(up, name) for up in sources.tree.above for name in ABOVE]
    found = [*named, *(path for path in above if sources.tree.exists(path))]
    for path in sorted(found, key=rank):
        if len(text := sources.text(path)) <= LARGEST:
            yield path, _values(text)
    for path, services in compose_files(sources):
        yield path, {name: value for each in services for name, value, _ in each.variables()}


@lru_cache(maxsize=32)
def _values(text: str) -> Mapping[str, str]:
    # What this machine's own environment holds is not put into it.
    found = dotenv_values(stream=StringIO(text), interpolate=False)
    return {name: value or "" for name, value in found.items()}
