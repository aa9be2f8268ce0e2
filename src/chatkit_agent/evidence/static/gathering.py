"""Gathering: everything that can be known without booting is read, parsed and asked, once."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from chatkit_agent.errors import BadOption
from chatkit_agent.evidence.static import Evidence, Log, Running
from chatkit_agent.evidence.static.environment import read_settings
from chatkit_agent.evidence.static.ignores import read_ignores
from chatkit_agent.evidence.static.logs import read_log
from chatkit_agent.evidence.static.packages import read_packages
from chatkit_agent.evidence.static.traces import read_trace
from chatkit_agent.evidence.symptoms import symptoms_in
from chatkit_agent.options.env_vars import variables
from chatkit_agent.options.options import RequestedOptions, choose, recalled
from chatkit_agent.project.git import ignored, tracked
from chatkit_agent.project.manifest import manifest_of
from chatkit_agent.project.read import Project, read_project
from chatkit_agent.project.source.anatomy import Anatomy, find_anatomy
from chatkit_agent.project.source.migrations import revisions
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.tree import Tree

PREFIX = re.compile(r"(?m)^ENV_PREFIX = [\"'](\w+)[\"']")


@dataclass(frozen=True)
class Looking:
    """Where else the doctor looks, apart from the source."""

    app: str | None = None
    log: tuple[str, bytes] | None = None
    """Its name and its content."""
    trace: Path | None = None
    symptom: str | None = None
    url: str | None = None
    token: str | None = None
    boot: bool = False
    """Start the application in the sandbox."""
    python: Path | None = None
    """The interpreter that runs it there."""
    env_file: Path | None = None
    own_services: tuple[str, ...] = ()
    """Variables that lead to services of the owner's, which are asked and reached for real."""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    """Codes of rules."""


def observe(
    path: Path, looking: Looking, progress: Callable[[str], None] = lambda _: None
) -> Evidence:
    """What is known of the project at `path`. Writes nothing, runs nothing of it.

    Raises:
        BadOption, NoApplication, CannotRead: as `read_project` does, or what else was given cannot
            be read.
    """
    project = _project(path, looking.app)
    sources = Sources(Tree(project.root))
    chat = find_anatomy(sources, project.app)
    seen = Evidence(
        project=project,
        sources=sources,
        chat=chat,
        settings=tuple(read_settings(sources, project.env_files)),
        committed=tracked(project.root, [each.path for each in project.env_files]),
        left_out=ignored(project.root, _files(sources, chat)),
        required=tuple(_required_names(project, sources)),
        packages=read_packages(sources, project.app, project.packaging),
        log=read_log(*looking.log) if looking.log else None,
        trace=read_trace(looking.trace.name, _content(looking.trace)) if looking.trace else None,
        running=_running(looking, chat.paths, progress),
        symptoms=symptoms_in(looking.symptom or ""),
        words=(looking.symptom or "").strip(),
        environ=frozenset(os.environ),
        ignores=tuple(read_ignores(sources)),
    )
    return _with_trial(seen, looking, progress) if looking.boot else seen


def _with_trial(seen: Evidence, looking: Looking, progress: Callable[[str], None]) -> Evidence:
    """What only shows when it runs: in the sandbox, and at the project's own services."""
    from chatkit_agent.evidence.run.subject import Subject
    from chatkit_agent.evidence.static.services import examine, examine_migrations, examine_models
    from chatkit_agent.evidence.static.trying import try_out

    environ = {name: os.environ[name] for name in looking.own_services if name in os.environ}
    own = tuple(each for each in seen.settings if each.name in looking.own_services)
    if own or environ:
        progress(f"Asking your own services: {', '.join(looking.own_services)}")
    services = tuple(examine(own, environ, looking.token))
    behind = tuple(examine_migrations(own, environ, revisions(seen.sources)))
    services = (*services, *behind)
    others = {each.name: each.value for each in reversed(seen.settings)}
    options = choose(seen.project, RequestedOptions(app=looking.app))
    python = None if looking.python is None else str(looking.python)
    wanted = next((each.credentials for each in services if each.credentials), ())
    subject = Subject(
        seen.project,
        options,
        python=python,
        env_file=looking.env_file,
        progress=progress,
        others=others,
        own_services=looking.own_services,
        wanted=wanted,
        more_tools=tuple(name for each in services for name in each.refused_names),
    )
    trial, met, log = try_out(subject, seen.chat.paths)
    if all(each.answer is None for each in services if each.kind == "model"):
        services = (*services, *examine_models(own, environ, trial.models))
    told = [
        Log(each.variable, (each.answer,), place=each.place) for each in services if each.answer
    ]
    if trial.lacks_tables:
        return replace(seen, services=services, trial=trial, more_logs=tuple(told))
    return replace(
        seen,
        running=seen.running or met,
        services=services,
        trial=trial,
        more_logs=(log, *told),
    )


def _project(path: Path, app: str | None) -> Project:
    """What holds the chat: the service beside the application, or the application itself."""
    manifest = manifest_of(path)
    if manifest is not None and manifest.options.get("mode") == "sidecar":
        return read_project(path / recalled(manifest.options).home.rpartition("/")[0])
    project = read_project(path, app=app)
    if manifest is None or project.app is not None:
        return project
    ref = recalled(manifest.options).app.ref
    is_here = any(each.ref == ref for each in project.candidates)
    return read_project(path, app=ref) if is_here else project


def _files(sources: Sources, chat: Anatomy) -> list[str]:
    """The chat's source, and the SQL beside it from which tables are made."""
    folders = {each.rpartition("/")[0] for each in chat.code.files}
    scripts = (each for each in sources.tree.glob(".sql") if each.rpartition("/")[0] in folders)
    return [*chat.code.files, *scripts]


def _required_names(project: Project, sources: Sources) -> Iterator[str]:
    """What the chat that we delivered reads; of others' it is not known what is needed for it."""
    manifest = manifest_of(project.root)
    if manifest is not None:
        options = choose(project, RequestedOptions())
        usual, written = options.env_prefix, _prefix(sources, options.env_prefix)
        for each in variables(options):
            if each.required:
                is_prefixed = each.name.startswith(usual)
                yield f"{written}{each.name.removeprefix(usual)}" if is_prefixed else each.name


def _prefix(sources: Sources, usual: str) -> str:
    """The one that the delivered settings name, which somebody may have changed since."""
    files = sources.mentioning(PREFIX.pattern.encode(), b"ENV_PREFIX")
    found = {each for path in files for each in PREFIX.findall(sources.text(path))}
    return found.pop() if len(found) == 1 else usual


def _running(
    looking: Looking, paths: tuple[str, ...], progress: Callable[[str], None]
) -> Running | None:
    if looking.url is None:
        return None
    # Its HTTP library takes as long to import as the rest together.
    from chatkit_agent.evidence.static.probing import probe

    progress(f"Asking {looking.url}")
    return probe(looking.url, paths, looking.token)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadOption(f"`{path}` could not be read: {error.strerror}.") from error
