"""Guide: the answer to a question about this very project, from its plan, without a model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from chatkit_agent.errors import BadOption
from chatkit_agent.guide.advice import (
    advised,
    done,
    filling,
    tested_by,
    variables_of,
)
from chatkit_agent.guide.excerpts import Excerpt, excerpts
from chatkit_agent.guide.playbook import Command, Playbook
from chatkit_agent.guide.playbooks import DEBUG, FIVE, INTEGRATE, PLAYBOOKS
from chatkit_agent.guide.situation import situation
from chatkit_agent.guide.steps import Step, add_command, steps
from chatkit_agent.guide.troubles import Trouble, troubles
from chatkit_agent.guide.understanding import Task, Understood, understand
from chatkit_agent.options.env_vars import Variable
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.plan.plan import Blocked, Plan, make_plan
from chatkit_agent.project.read import Project, read_project

__all__ = [
    "FIVE",
    "PLAYBOOKS",
    "Command",
    "Guide",
    "Step",
    "Task",
    "Trouble",
    "Understood",
    "make_guide",
    "understand",
]

OWN_SIGN_IN = (
    "The application's own `{name}` in `{file}` verifies its tokens, so that says who the user is. "
    "`--auth jwt` would add a second verifier, with a secret of its own."
)
QUESTIONS = "It answers these, and what is put in other words:"
UNKNOWN = "There is no answer to that here. Ask one of these, or a model: `chatkit-agent ask`."


@dataclass(frozen=True)
class Guide:
    """An answer: the case, the pattern, the code that matters, what to do and how to test it.

    `steps` have every file whole; `command` does all of them in one go. Where the question is not
    known, `answers` says which are, and the rest is empty.
    """

    root: Path
    plan_id: str | None
    playbook: str
    title: str
    understood: tuple[Understood, ...] = ()
    situation: tuple[str, ...] = ()
    pattern: str = ""
    code: tuple[Excerpt, ...] = ()
    do: tuple[Command, ...] = ()
    variables: tuple[Variable, ...] = ()
    test: tuple[Command, ...] = ()
    also: tuple[str, ...] = ()
    command: str | None = None
    steps: tuple[Step, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    manual_steps: tuple[Blocked, ...] = ()
    notes: tuple[str, ...] = ()
    answers: tuple[str, ...] = tuple(each.invocation for each in PLAYBOOKS)


def plain_plan(path: Path, requested: RequestedOptions) -> Plan:
    return make_plan(
        read_project(path, app=requested.app, current_user=requested.current_user), requested
    )


def make_guide(
    path: Path,
    requested: RequestedOptions,
    words: str = "",
    planned: Callable[[Path, RequestedOptions], Plan] = plain_plan,
) -> Guide:
    """The answer to a task in words, for the project at `path`; nothing is written.

    Raises:
        NoApplication, SeveralApplications, BadOption, Refused: as `make_plan` does.
    """
    task = understand(words, path, requested)
    playbook = task.playbook
    if playbook is None:
        return Guide(path, None, "unknown", QUESTIONS if words.strip() == "help" else UNKNOWN)
    project = read_project(task.folder, app=requested.app)
    task = _by_own_sign_in(task, project, requested)
    # What was applied keeps its choices; only an option may contradict them, and is refused.
    asked = requested if project.chat.applied else task.requested
    plan, asked, told = _plan_for(task, asked, requested, planned)
    return _answer(task, playbook, plan, asked, words.strip(), told)


def _plan_for(
    task: Task,
    asked: RequestedOptions,
    requested: RequestedOptions,
    planned: Callable[[Path, RequestedOptions], Plan],
) -> tuple[Plan, RequestedOptions, list[str]]:
    told = list(task.notes)
    try:
        return planned(task.folder, asked), asked, told
    except BadOption as problem:
        if asked.reference is None or requested.reference is not None:
            raise
        # The words name a folder without a chat.
        told = [each for each in told if not each.startswith("Reference")] + [str(problem)]
        asked = replace(asked, reference=None)
        return planned(task.folder, asked), asked, told


def _answer(
    task: Task,
    playbook: Playbook,
    plan: Plan,
    asked: RequestedOptions,
    words: str,
    told: list[str],
) -> Guide:
    filled = filling(plan)
    is_whole = playbook is INTEGRATE
    return Guide(
        root=plan.project.root,
        plan_id=plan.id,
        playbook=playbook.name,
        title=playbook.title,
        understood=task.understood,
        situation=situation(plan, playbook.facts),
        pattern=filled(playbook.pattern),
        code=tuple(excerpts(plan, playbook, filled)),
        do=tuple(done(plan, playbook, asked)),
        variables=tuple(variables_of(plan, playbook)),
        test=tuple(tested_by(plan, playbook, asked, words)),
        also=advised(plan, playbook),
        command=add_command(asked) if is_whole and _in_one_go(plan) else None,
        steps=steps(plan, playbook, asked, words),
        troubles=troubles(plan.options) if playbook in (INTEGRATE, DEBUG) else (),
        manual_steps=plan.manual_steps if is_whole else (),
        notes=(*told, *_notes(task, playbook, plan)),
        answers=tuple(each.invocation for each in PLAYBOOKS if each is not playbook),
    )


def _in_one_go(plan: Plan) -> bool:
    return bool(plan.changes) and not plan.manual_steps and not plan.options.edits


def _by_own_sign_in(task: Task, project: Project, requested: RequestedOptions) -> Task:
    """Words such as `JWT auth` mean the application's own sign-in, where it takes tokens."""
    wants_jwt = task.requested.auth == "jwt" and requested.auth == "auto"
    if not wants_jwt:
        return task
    own = replace(task, requested=replace(task.requested, auth="auto"))
    user = project.auth.best
    if user is None or not user.tokens:
        # The plan's own notes say whose tokens these are.
        return own if user is None and project.tokens else task
    note = OWN_SIGN_IN.format(name=user.name, file=user.file)
    return replace(
        own,
        understood=tuple(
            replace(each, value="existing") if each.what == "auth" else each
            for each in task.understood
        ),
        notes=(*task.notes, note),
    )


def _notes(task: Task, playbook: Playbook, plan: Plan) -> Iterator[str]:
    chat = plan.project.chat
    if chat.applied and task.requested != RequestedOptions():
        yield "The chat is here with choices of its own; options in the words are not used."
    if playbook.name in ("integrate", "auth"):
        yield from plan.notes
    elif plan.manual_steps and not chat.signs:
        yield 'Adding the chat leaves something to do by hand: `chatkit-agent guide "Add chat"`.'
