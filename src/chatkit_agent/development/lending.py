"""Lending: a database for each that the application needs, and that is not set or not there."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from chatkit_agent.evidence.run.booting import running
from chatkit_agent.evidence.run.lacking import heed, with_loans
from chatkit_agent.evidence.run.made_up import MADE_UP_FILE
from chatkit_agent.evidence.run.overlays import Overlay
from chatkit_agent.evidence.run.staging import set_stage
from chatkit_agent.evidence.run.subject import Loan, Subject
from chatkit_agent.options.interpreters import Interpreter
from chatkit_agent.project.read import Project
from chatkit_agent.project.scratch import values_in
from chatkit_agent.sandbox.ending import folder_of_run
from chatkit_agent.sandbox.isolation.environment import isolated
from chatkit_agent.sandbox.isolation.split_addresses import is_host, kind_of, pieces
from chatkit_agent.sandbox.isolation.substitutes import Lender, Substitutes
from chatkit_agent.sandbox.postgres import postgres
from chatkit_agent.sandbox.valkey import redis_lender

NOBODY = (
    "Nobody answers at {address} ({named}): the application gets an empty database for this "
    "session. Start yours first to work with what it holds."
)
PORT = 5432
KNOWN = "postgresql://app@localhost/app"
"""Stands in the sandbox for the database that is kept, of which `dev` tells itself."""
Started = tuple[Interpreter, Overlay | None]


def lent_databases(project: Project, own: Mapping[str, str], url: str) -> dict[str, str]:
    """`url` by the names that example files have for a PostgreSQL, with the scheme of each."""
    found: dict[str, str] = {}
    for file in (each for each in project.env_files if each.is_example):
        for name, example in values_in(project.root / file.path, interpolate=False).items():
            scheme = _scheme(example)
            if scheme.startswith("postgres") and not own.get(name):
                found[name] = urlsplit(url)._replace(scheme=scheme).geturl()
    return found


def _scheme(text: str) -> str:
    try:
        return urlsplit(text).scheme
    except ValueError:
        return ""


def databases_away(own: Mapping[str, str]) -> dict[str, str]:
    """The variables that lead to a PostgreSQL where nobody answers, each with its address."""
    found = {
        name: address
        for name, value in own.items()
        if _scheme(value).startswith("postgres") and (address := _away(value))
    }
    for prefix, group in pieces(own).items():
        values = {each.part: own[each.name] for each in group}
        host, port = values.get("host", ""), values.get("port", "")
        if kind_of(prefix, group, own) == "postgres" and is_host(host):
            address = _away(f"postgresql://{host}:{port or PORT}")
            found |= {each.name: address for each in group if address}
    return found


def _away(url: str) -> str:
    """Host and port, where nobody answers; empty for a socket, and for several hosts."""
    try:
        host, port = urlsplit(url).hostname, urlsplit(url).port or PORT
    except ValueError:
        return ""
    return f"{host}:{port}" if host and not answers(host, port) else ""


def answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=2):
            return True
    except (OSError, UnicodeError):
        return False


@contextmanager
def lent_variables(
    subject: Subject, own: Mapping[str, str], started: Started
) -> Iterator[dict[str, str]]:
    """What takes the place of a PostgreSQL of `own` where nobody answers.

    An application without any env file of its own gets what it was seen to need, in the sandbox
    first: none of it leads to a server of its owner's, or of whoever wrote an example.
    """
    project, tell = subject.project, subject.progress
    away = databases_away(own)
    for address in dict.fromkeys(away.values()):
        named = ", ".join(name for name, each in away.items() if each == address)
        tell(NOBODY.format(address=address, named=named))
    lent = {name: own[name] for name in away}
    has_own = subject.env_file is not None or any(not e.is_example for e in project.env_files)
    if not has_own:
        known = lent_databases(project, {}, KNOWN).items()
        loans = tuple(Loan(name, url, None) for name, url in known)
        subject = _with_loans(replace(subject, lent=loans), started)
        seen = [each for each in subject.lent if each not in loans]
        if seen:
            named = ", ".join(f"{each.name} ({each.source or 'made up'})" for each in seen)
            tell(f"Set nowhere, so they are lent: {named}")
        lent |= {each.name: each.value for each in seen}
    if not lent:
        yield {}
        return
    with (
        postgres(lends=True) as server,
        redis_lender(is_open=subject.redis_is_open) as redis,
        folder_of_run() as place,
    ):
        root = project.root
        given = Substitutes(Lender.of(server), root, root, place, redis=redis)
        with closing(given):
            lent = {name: _in_folder(value, place) for name, value in lent.items()}
            yield isolated(lent, given)


def _with_loans(subject: Subject, started: Started) -> Subject:
    interpreter, overlay = started

    def look(each: Subject) -> Subject:
        with (
            folder_of_run() as scratch,
            set_stage(each, interpreter, overlay, scratch) as stage,
            running(stage.start) as app,
        ):
            if app.url is None:
                heed(stage)
            return each

    return with_loans(subject, interpreter.packages, look)


def _in_folder(value: str, folder: Path) -> str:
    """A database file that was made up is none of the project's folder."""
    return value.replace(MADE_UP_FILE, f"{folder}/{MADE_UP_FILE}")
