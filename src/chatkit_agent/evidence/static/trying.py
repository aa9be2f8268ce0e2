"""Trying: the application is started in the sandbox, met from outside, and asked a question."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from chatkit_agent.evidence.run import Boot, Reply, Turn
from chatkit_agent.evidence.run.booting import Running as Booted
from chatkit_agent.evidence.run.booting import running
from chatkit_agent.evidence.run.client import Closed
from chatkit_agent.evidence.run.endings import Begun, end, kept
from chatkit_agent.evidence.run.entering import find_manner
from chatkit_agent.evidence.run.gathering import knows_people
from chatkit_agent.evidence.run.lacking import heed, with_loans
from chatkit_agent.evidence.run.overlays import Overlay, prepare_python
from chatkit_agent.evidence.run.staging import Stage, set_stage
from chatkit_agent.evidence.run.subject import Subject
from chatkit_agent.evidence.static import Ending, Log, Running, Trial
from chatkit_agent.evidence.static.logs import read_log
from chatkit_agent.evidence.static.probing import probe
from chatkit_agent.options.interpreters import Interpreter
from chatkit_agent.options.runtime_package import also_required
from chatkit_agent.sandbox.ending import folder_of_run

LOG = "the log in the sandbox"
MISSING_TABLE = re.compile(r"\brelation \"[\w.]+\" does not exist")
QUESTION = "Please list my tasks"


def try_out(subject: Subject, paths: Sequence[str]) -> tuple[Trial, Running | None, Log]:
    """One boot of a copy, with the sandbox's database, model and MCP server.

    Raises:
        CannotBoot: there is no Python to run it with.
    """
    progress = subject.progress
    also = also_required(subject.options.features, subject.options.runtime)
    interpreter, overlay = prepare_python(subject.project, subject.python, progress, also)
    return with_loans(
        subject, interpreter.packages, lambda each: _try_once(each, interpreter, overlay, paths)
    )


def _try_once(
    subject: Subject, interpreter: Interpreter, overlay: Overlay | None, paths: Sequence[str]
) -> tuple[Trial, Running | None, Log]:
    with folder_of_run() as scratch, set_stage(subject, interpreter, overlay, scratch) as stage:
        subject.progress("Booting the application in the sandbox")
        trial, met, log = _boot(stage, paths)
        return replace(trial, isolation=stage.isolation), met, log


def _boot(stage: Stage, paths: Sequence[str]) -> tuple[Trial, Running | None, Log]:
    with _let_in(stage, paths) as (stage, app):
        path = stage.options.path
        if app.url is None:
            heed(stage)
            trial = Trial(app.boot.error, app.boot.seconds, path, "", False, False, False)
            return trial, None, _log(stage)
        stage.progress("Asking it a question, and meeting it from outside")
        there, turn = _question(stage, app)
        heed(stage)
        log = _log(stage)
        trial = replace(
            _trial(stage, app.boot, path, turn),
            left_to_model=_parameters_left(stage, turn),
            refused_names=_names_offered(stage, stage.tools.more),
            lacks_tables=_lacks_tables(stage, log),
            closed=there.manner.closed,
        )
        # Afterwards, for what these requests provoke is no fault of the chat's.
        met = probe(app.url + path, (), stage.alice.token)
        begun = end(there, app, gently=False) if trial.is_answered else None
    if begun is not None:
        stage.progress("Ending it in the middle of an answer, and starting it again")
        trial = replace(trial, endings=tuple(_endings(there, begun)))
    return trial, met, log


@contextmanager
def _let_in(stage: Stage, paths: Sequence[str]) -> Iterator[tuple[Stage, Booted]]:
    """The application and who knows the people: its own sign-in if it can, else a stand-in."""
    with running(stage.start) as app:
        options = replace(stage.options, path=_path(app.boot, paths, stage.options.path))
        stage = replace(stage, start=replace(stage.start, options=options))
        if app.url is not None:
            with suppress(Closed):  # which the question tells
                stage = replace(stage, knows_people=knows_people(stage, app.url))
        is_own = stage.signed_in == stage.start
        if app.url is None or is_own or app.let_in(stage.signed_in):
            yield stage, app
            return
    with running(stage.signed_in) as app:
        yield stage, app


def _question(stage: Stage, app: Booted) -> tuple[Stage, Turn]:
    """The question, as a proxy and a page send it where it does not get through else."""
    url = app.url or ""
    try:
        return stage, stage.chat(url).turn(stage.alice, QUESTION)
    except Closed as problem:
        manner = find_manner(stage, app)
        stage = replace(stage, manner=replace(manner, closed=manner.closed or str(problem)))
    try:
        turn = stage.chat(url).turn(stage.alice, QUESTION)
    except Closed as problem:
        return stage, Turn(stage.alice, QUESTION, Reply(None, error=str(problem)), ())
    return replace(stage, manner=replace(stage.manner, closed="")), turn


def _endings(stage: Stage, crash: Begun) -> Iterator[Ending]:
    """What is left of an answer after a deploy, and after a crash."""
    with running(stage.signed_in) as app:
        outlives = kept(stage, app, crash)
        deploy = end(stage, app, gently=True)
    if deploy is not None:
        # What outlives a crash outlives a deploy, which saves a start.
        is_kept = outlives or _outlives(stage, deploy)
        if is_kept is not None:
            yield Ending("deploy", deploy.seconds, is_kept)
    if outlives is not None:
        yield Ending("crash", None, outlives)


def _outlives(stage: Stage, begun: Begun) -> bool | None:
    with running(stage.signed_in) as app:
        return kept(stage, app, begun)


def _log(stage: Stage) -> Log:
    return read_log(LOG, stage.log())


def _path(boot: Boot, paths: Sequence[str], usual: str) -> str:
    """The chat's path with the prefixes of its routers, as the application serves it."""
    posted = sorted(path for method, path in boot.routes if method == "POST")
    ends = (*paths, usual)
    return next((path for path in posted if path.endswith(ends)), usual)


def _models(stage: Stage) -> tuple[str, ...]:
    asked = (each.body for each in stage.model.requests if isinstance(each.body, dict))
    return tuple(dict.fromkeys(str(body["model"]) for body in asked if body.get("model")))


def _lacks_tables(stage: Stage, log: Log) -> bool:
    is_migrated = any(stage.start.copy.rglob("alembic.ini"))
    return is_migrated and any(MISSING_TABLE.search(line) for line in log.lines)


def _parameters_left(stage: Stage, turn: Turn) -> tuple[str, ...]:
    """The parameters for the caller that the model saw, where no call had the token in one."""
    if stage.tools.credentials == "header":
        return ()
    if any(stage.alice.token in str(call.arguments) for call in turn.calls):
        return ()
    return _names_offered(stage, stage.tools.caller)


def _names_offered(stage: Stage, names: Sequence[str]) -> tuple[str, ...]:
    """Those of the names that the model was shown, of tools or of what they take."""
    asked = [each.body for each in stage.model.requests if isinstance(each.body, dict)]
    shown = json.dumps([body.get("tools") for body in asked])
    return tuple(name for name in names if json.dumps(name) in shown)


def instead_of_token(token: str, requests: Sequence[Mapping[str, str]], refused: int) -> str:
    """What requests had in its place; nothing where one had it, or was taken without it."""
    signed = [each.get("authorization", "") for each in requests]
    if refused < len(requests) or any(token in each for each in signed):
        return ""
    elsewhere = sorted(
        {name for each in requests for name, value in each.items() if token in value}
    )
    if elsewhere:
        return f"the token in `{elsewhere[0]}` and not in `Authorization`"
    return "something else in `Authorization`" if any(signed) else "no `Authorization` header"


def _trial(stage: Stage, boot: Boot, path: str, turn: Turn) -> Trial:
    token = stage.alice.token
    # Whatever is asked of a stand-in is the person's id: in a header it stands for their token.
    signed = token if stage.signed_in == stage.start else stage.alice.id
    bare = (
        call.tool
        for call in turn.calls
        if token not in f"{call.authorization} {call.arguments}"
        and signed not in (call.authorization or "")
    )
    return Trial(
        error=None,
        seconds=boot.seconds,
        path=path,
        answer=turn.reply.told,
        is_answered=bool(turn.reply.answer) and not turn.reply.failure,
        asked_model=any(each.method == "POST" for each in stage.model.requests),
        reached_tools=bool(stage.tools.headers),
        models=_models(stage),
        called=tuple(call.tool for call in turn.calls),
        without_token=tuple(bare),
        came_with=instead_of_token(token, stage.tools.headers, stage.tools.refused),
    )
