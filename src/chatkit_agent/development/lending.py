"""Lending: a database for each that the application needs, and that nobody has set yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from chatkit_agent.evidence.run.booting import running
from chatkit_agent.evidence.run.lacking import heed, with_loans
from chatkit_agent.evidence.run.made_up import MADE_UP_FILE
from chatkit_agent.evidence.run.overlays import Overlay
from chatkit_agent.evidence.run.staging import set_stage
from chatkit_agent.evidence.run.subject import Loan, Subject
from chatkit_agent.options.interpreters import Interpreter
from chatkit_agent.options.options import Options
from chatkit_agent.project.read import Project
from chatkit_agent.sandbox.ending import folder_of_run
from chatkit_agent.sandbox.isolation.environment import isolated
from chatkit_agent.sandbox.isolation.substitutes import Lender, Substitutes
from chatkit_agent.sandbox.postgres import postgres

KNOWN = "postgresql://app@localhost/app"
"""Stands in the sandbox for the database that is kept, of which `dev` tells itself."""
Started = tuple[Interpreter, Overlay | None]


def lent_databases(project: Project, own: Mapping[str, str], url: str) -> dict[str, str]:
    """`url` by the names that example files have for a PostgreSQL, with the scheme of each."""
    found: dict[str, str] = {}
    for file in (each for each in project.env_files if each.is_example):
        for name, example in dotenv_values(project.root / file.path, interpolate=False).items():
            scheme = _scheme(example or "")
            if scheme.startswith("postgres") and not own.get(name):
                found[name] = urlsplit(url)._replace(scheme=scheme).geturl()
    return found


def _scheme(text: str) -> str:
    try:
        return urlsplit(text).scheme
    except ValueError:
        return ""


@contextmanager
def lent_variables(
    project: Project,
    options: Options,
    env_file: Path | None,
    started: Started,
    progress: Callable[[str], None],
) -> Iterator[dict[str, str]]:
    """What an application without any env file of its own was seen to need, in the sandbox first.

    None of it leads to a server of its owner's, or of whoever wrote an example.
    """
    has_own = env_file is not None or any(not each.is_example for each in project.env_files)
    known = tuple(Loan(name, url, None) for name, url in lent_databases(project, {}, KNOWN).items())
    subject = Subject(project, options, progress=progress, lent=known)
    loans = () if has_own else [each for each in _loans(subject, started) if each not in known]
    if not loans:
        yield {}
        return
    named = ", ".join(f"{each.name} ({each.source or 'made up'})" for each in loans)
    progress(f"Set nowhere, so they are lent: {named}")
    with postgres(lends=True) as server, folder_of_run() as place:
        given = Substitutes(Lender.of(server), project.root, project.root, place)
        with closing(given):
            yield isolated({each.name: _in_folder(each.value, place) for each in loans}, given)


def _loans(subject: Subject, started: Started) -> tuple[Loan, ...]:
    interpreter, overlay = started

    def look(each: Subject) -> tuple[Loan, ...]:
        with (
            folder_of_run() as scratch,
            set_stage(each, interpreter, overlay, scratch) as stage,
            running(stage.start) as app,
        ):
            if app.url is None:
                heed(stage)
            return each.lent

    return with_loans(subject, interpreter.packages, look)


def _in_folder(value: str, folder: Path) -> str:
    """A database file that was made up is none of the project's folder."""
    return value.replace(MADE_UP_FILE, f"{folder}/{MADE_UP_FILE}")
