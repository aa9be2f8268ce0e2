"""Gathers the evidence: boots the application, lets people talk to it, restarts it, and looks."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path

from chatkit_agent.errors import CannotBoot
from chatkit_agent.evidence.run import (
    Boot,
    Conversation,
    Environment,
    MarkedCall,
    Person,
    Run,
)
from chatkit_agent.evidence.run.booting import Running, Start, running
from chatkit_agent.evidence.run.client import Closed
from chatkit_agent.evidence.run.conversation import begin, go_on
from chatkit_agent.evidence.run.entering import find_manner
from chatkit_agent.evidence.run.intruders import unauthenticated_attempts
from chatkit_agent.evidence.run.lacking import heed, with_loans
from chatkit_agent.evidence.run.overlays import Overlay, added_by, find_server, prepare_python
from chatkit_agent.evidence.run.staging import Stage, set_stage
from chatkit_agent.evidence.run.subject import Subject
from chatkit_agent.options.features import tool_routes
from chatkit_agent.options.interpreters import Interpreter, find_interpreter, make_for
from chatkit_agent.options.runtime_package import also_required
from chatkit_agent.project.text.line_numbers import in_own_lines
from chatkit_agent.sandbox.ending import folder_of_run
from chatkit_agent.sandbox.model import ToolCall

ANY_PYTHON = (3, 6)
FAILED = 500


def gather(subject: Subject) -> Run:
    """Everything that the checks look at, seen in one run of the real application.

    Raises:
        CannotBoot: there is no Python to run it with, or nothing to run it against.
    """
    if subject.options.is_sidecar:
        return gather_beside(subject)
    subject.progress("Looking for the project's Python")
    interpreter, overlay = _python_of(subject)

    def look(each: Subject) -> Run:
        is_same = each.project.packaging == subject.project.packaging
        return _gather_once(each, *((interpreter, overlay) if is_same else _python_of(each)))

    return with_loans(subject, interpreter.packages, look)


def _python_of(subject: Subject) -> tuple[Interpreter, Overlay | None]:
    also = also_required(subject.options.features, subject.options.runtime)
    found = prepare_python(subject.project, subject.python, subject.progress, also)
    subject.progress(f"Using Python {found[0].version_text} of {found[0].source}")
    return found


def _gather_once(subject: Subject, interpreter: Interpreter, overlay: Overlay | None) -> Run:
    with folder_of_run() as scratch, set_stage(subject, interpreter, overlay, scratch) as stage:
        before = _boot_without_chat(subject, stage, interpreter.instead_of or interpreter)
        evidence = _with_chat(stage, _nothing_yet(subject, interpreter, overlay, before))
        return _with_ending(stage, evidence)


def gather_beside(subject: Subject) -> Run:
    """The same of a sidecar: it runs by itself, and the application is only booted, if it can be.

    Raises:
        CannotBoot: what the sidecar needs cannot be installed.
    """
    options, root, progress = subject.options, subject.project.root, subject.progress
    service = make_for(root / options.service_folder / "pyproject.toml", progress)
    progress(f"Using Python {service.version_text} of {service.source}")
    return with_loans(subject, {}, lambda each: _gather_beside_once(each, service))


def _gather_beside_once(subject: Subject, service: Interpreter) -> Run:
    progress = subject.progress
    with folder_of_run() as scratch, set_stage(subject, service, None, scratch) as stage:
        evidence = replace(_nothing_yet(subject, service, None, None), mounting="sidecar")
        evidence = _application(subject, stage, evidence, scratch)
        evidence = replace(evidence, stand_in_key=_is_stand_in(stage))
        start = replace(stage.start, mounting="sidecar")
        progress("Booting the chat beside the application")
        alone, evidence = _converse(stage, evidence, start, None)
        evidence = replace(evidence, alone=alone)
        if alone.ok:
            with running(start) as app:
                evidence = _intruders_met(stage, app, evidence)
        return _with_ending(stage, evidence)


def _with_ending(stage: Stage, evidence: Run) -> Run:
    log = stage.start.log.read_text(errors="replace").replace(f"{stage.start.copy}/", "")
    return replace(evidence, log=log, model_key=stage.key, isolation=stage.isolation)


def _is_stand_in(stage: Stage) -> bool:
    tokens, signer = stage.options.tokens, stage.signer
    if tokens is None or signer is None:
        return False
    return stage.start.variables.get(tokens.key_variable or "") != signer.secret


def _application(subject: Subject, stage: Stage, evidence: Run, scratch: Path) -> Run:
    """The application without and with the sidecar in its folder, on a Python of its own."""
    written = subject.without_chat
    inside = f"{subject.options.service_folder}/"
    outside = [path for path in written or () if not path.startswith(inside)]
    evidence = replace(evidence, outside=None if written is None else tuple(outside))
    try:
        python = find_interpreter(subject.project, subject.python, subject.progress, ANY_PYTHON)
    except CannotBoot as problem:
        failed = Boot(error=f"as there is no Python to run it: {problem}")
        return replace(evidence, before=None if written is None else failed, after=failed)
    before = _boot_without_chat(subject, stage, python)
    subject.progress("Booting the application with the chat beside it")
    log = scratch / "application.log"
    start = replace(stage.start, interpreter=python, overlay=find_server(python), log=log)
    with running(start) as app:
        _heed_failure(stage, app, before)
        application = _environment(python, None)
        return replace(evidence, before=before, after=app.boot, application=application)


def _boot_without_chat(subject: Subject, stage: Stage, interpreter: Interpreter) -> Boot | None:
    if subject.without_chat is None:
        return None
    subject.progress("Booting the application as it was before the chat")
    is_same = interpreter == stage.start.interpreter
    overlay = stage.start.overlay if is_same else find_server(interpreter, subject.progress)
    start = stage.without_chat(subject.without_chat)
    with running(replace(start, interpreter=interpreter, overlay=overlay)) as app:
        _heed_failure(stage, app, None)
        return _in_own_lines(app.boot, subject)


def _heed_failure(stage: Stage, app: Running, before: Boot | None) -> None:
    """What a chat lacks with which an application no longer boots is not lent, but told."""
    if app.url is None and (before is None or not before.ok):
        heed(stage)


def _in_own_lines(boot: Boot, subject: Subject) -> Boot:
    """An error of the application without the chat, with the lines of its files as they are now."""
    root, before = subject.project.root, subject.without_chat or {}
    now = {path: root / path for path, content in before.items() if content}
    files = {
        path: (before[path] or b"", file.read_bytes())
        for path, file in now.items()
        if file.is_file()
    }
    return replace(boot, error=in_own_lines(boot.error, files)) if boot.error else boot


def _nothing_yet(
    subject: Subject, interpreter: Interpreter, overlay: Overlay | None, before: Boot | None
) -> Run:
    options = subject.options
    return Run(
        environment=_environment(interpreter, overlay),
        path=options.path,
        auth=options.auth,
        token=options.token,
        approvals="approvals" in options.features,
        is_live=subject.is_live,
        has_route_tools=bool(tool_routes(options.tools)),
        sign_in=options.user.name if options.auth == "existing" and options.user else None,
        global_dependencies=(),
        mounting="app",
        before=before,
        after=Boot(error="it was not started"),
        alone=None,
        conversation=None,
        unauthenticated=None,
        unseen=None,
        log="",
    )


def _environment(interpreter: Interpreter, overlay: Overlay | None) -> Environment:
    return Environment(
        python=str(interpreter.path),
        version=interpreter.version_text,
        source=interpreter.source,
        packages=interpreter.packages,
        added=added_by(overlay, interpreter),
        moved=overlay.moved if overlay else (),
    )


def _with_chat(stage: Stage, evidence: Run) -> Run:
    """The application as it is: its routes, who gets in without a token, and the talk."""
    stage.progress("Booting the application with the chat")
    with running(stage.start) as app:
        evidence = replace(evidence, after=app.boot)
        _heed_failure(stage, app, evidence.before)
        if app.url is None:
            return _mounted_alone(stage, evidence)
        stage = replace(stage, manner=find_manner(stage, app))
        evidence = replace(evidence, met=stage.manner.met)
        if stage.manner.closed:
            return replace(evidence, unseen=stage.manner.closed)
        stage = replace(stage, knows_people=knows_people(stage, app.url))
        heed(stage)
        global_dependencies = _global_dependencies_in_the_way(stage, app)
        if not global_dependencies:
            evidence, begun = _people_met(stage, app, evidence)
    if global_dependencies:
        stage.progress(
            f"Every request has to pass {', '.join(global_dependencies)}: starting with a stand-in"
        )
        stage = replace(stage, start=replace(stage.start, open_gates=True))
        with running(stage.start) as app:
            evidence, begun = _people_met(stage, app, evidence)
    evidence = replace(evidence, global_dependencies=global_dependencies)
    return _converse(stage, evidence, stage.signed_in, begun)[1]


def knows_people(stage: Stage, url: str) -> bool:
    """Whether the application's own sign-in takes the tokens that were signed as it signs them."""
    if stage.options.auth != "existing":
        return False
    chat = stage.chat(url)
    people = (stage.alice, stage.bob)
    replies = [chat.send("threads.list", {"limit": 1}, chat.carrying(each)) for each in people]
    return all(each.status == 200 for each in replies)


def _signed_in_by(stage: Stage, evidence: Run) -> Run:
    """Who signed the people in, and where their tokens were carried."""
    user = stage.options.user
    is_own = stage.signed_in == stage.start
    place = next((str(each) for each in stage.carried if each.is_token), "")
    without = "" if place or user is None else f"`{user.name}` knows them by {stage.carried[0]}."
    return replace(
        evidence,
        stood_in=not is_own,
        carried=place,
        carried_is_seen=is_own or stage.reads_are_seen,
        without_token=without,
    )


def _global_dependencies_in_the_way(stage: Stage, app: Running) -> tuple[str, ...]:
    """What the application asks of every request, where that keeps even Alice out."""
    if not app.boot.global_dependencies or app.url is None:
        return ()
    if stage.options.auth == "existing" and not stage.knows_people:
        return app.boot.global_dependencies
    reply = stage.chat(app.url).ask(stage.alice, "threads.list", limit=1)
    return () if reply.status == 200 else app.boot.global_dependencies


def _people_met(stage: Stage, app: Running, evidence: Run) -> tuple[Run, Conversation | None]:
    """Who gets in without a token, and what Alice says, by a stand-in where she needs one."""
    stage.progress("Trying to get in without a valid token")
    evidence = _intruders_met(stage, app, evidence)
    if any((each.reply.status or 0) >= FAILED for each in evidence.unauthenticated or ()):
        heed(stage)
    # Before a stand-in reads requests as well.
    evidence = _signed_in_by(stage, evidence)
    if app.url and (stage.signed_in == stage.start or app.let_in(stage.signed_in)):
        return evidence, begin(stage, app.url)
    return evidence, None


def _intruders_met(stage: Stage, app: Running, evidence: Run) -> Run:
    """With what they got; where it did not start once more, nothing is known of them."""
    if app.url is None:
        return replace(evidence, unseen=f"started once more, {app.boot.error}")
    attempts = unauthenticated_attempts(stage.chat(app.url), stage.alice, stage.signer)
    return replace(evidence, unauthenticated=attempts)


def _mounted_alone(stage: Stage, evidence: Run) -> Run:
    if evidence.before is not None and evidence.before.ok:
        return replace(evidence, unseen="the application no longer boots.")
    stage.progress("It does not boot by itself; booting the chat mounted alone")
    start = replace(stage.signed_in, mounting="alone")
    evidence = _signed_in_by(stage, replace(evidence, mounting="alone"))
    alone, evidence = _converse(stage, evidence, start, None)
    evidence = replace(evidence, alone=alone)
    if stage.options.auth == "existing" or not alone.ok:
        return evidence
    with running(start) as app:
        return _intruders_met(stage, app, evidence)


def _converse(
    stage: Stage, evidence: Run, start: Start, begun: Conversation | None
) -> tuple[Boot, Run]:
    """The conversation, and the boot in which it began where it has not `begun` before."""
    boot = evidence.after
    if begun is None:
        with running(start) as app:
            boot = app.boot
            if app.url is None:
                return boot, replace(evidence, unseen=f"it did not boot {boot.error}")
            begun = begin(stage, app.url)
    if begun.closed and not begun.alice.reply.frames:
        return boot, replace(evidence, unseen=f"{begun.closed}.")
    conversation = go_on(stage, start, begun)
    unseen = f"{conversation.closed}." if conversation.closed else evidence.unseen
    if evidence.has_route_tools and not stage.is_live:
        evidence = replace(evidence, marked_calls=call_marked_route(stage, start))
    return boot, replace(evidence, conversation=conversation, unseen=unseen)


# As the boot script calls it.
MARKED = "whose_mark"
OF_TOOLS = ("MCP_SERVER_URL", "MCP_SERVERS")


def call_marked_route(stage: Stage, start: Start) -> tuple[MarkedCall, ...] | str:
    """Alice and Bob have it called in turn; a text says why that was not seen."""
    stage.progress("Having a route of the application called, as one person and as another")
    people = (stage.alice, stage.bob)
    marks = {each.token: f"mark-{secrets.token_hex(8)}" for each in people}
    # The application's own routes are all the tools that there are.
    others = {*OF_TOOLS, *(f"{stage.options.env_prefix}{each}" for each in OF_TOOLS)}
    variables = {name: text for name, text in start.variables.items() if name not in others}
    marked = replace(start, variables=variables, marks=marks, carried=stage.carried)
    with running(marked) as app:
        if app.url is None:
            return f"it did not boot {app.boot.error}"
        try:
            return tuple(_call_as(stage, app.url, each, marks) for each in people)
        except Closed as problem:
            return f"{problem}."


def _call_as(stage: Stage, url: str, person: Person, marks: dict[str, str]) -> MarkedCall:
    before = len(stage.model.requests)
    stage.model.script([ToolCall(MARKED), "Done."])
    turn = stage.chat(url).turn(person, stage.marked("Whose mark is it?"))
    stage.model.script([])
    asked = "\n".join(each.text for each in stage.model.requests[before:])
    foreign = tuple(mark for token, mark in marks.items() if token != person.token)
    return MarkedCall(
        turn,
        is_offered=f'"{MARKED}"' in asked,
        is_own=marks[person.token] in asked,
        is_foreign=any(each in asked + turn.reply.everything for each in foreign),
    )
