"""Guide: how to do a task in this very project, from the plan, without a model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from chatkit_agent.errors import BadOption
from chatkit_agent.guide.playbooks import INTEGRATE, PLAYBOOKS, Playbook
from chatkit_agent.guide.steps import Command, GuideFile, Step, add_command, steps
from chatkit_agent.guide.troubles import Trouble, troubles
from chatkit_agent.guide.understanding import Task, Understood, understand
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.plan.plan import Blocked, Plan, make_plan
from chatkit_agent.project.read import Project, read_project

__all__ = [
    "PLAYBOOKS",
    "Command",
    "Guide",
    "GuideFile",
    "Step",
    "Task",
    "Trouble",
    "Understood",
    "make_guide",
    "understand",
]


@dataclass(frozen=True)
class Guide:
    """The steps for a task, and what to know about them. `command` does the same in one go."""

    task: Task
    plan: Plan
    playbook: Playbook
    pattern: str
    command: str | None
    steps: tuple[Step, ...]
    troubles: tuple[Trouble, ...]
    manual_steps: tuple[Blocked, ...]
    notes: tuple[str, ...]


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
    """The guide to a task in words, for the project at `path`; nothing is written.

    Raises:
        NoApplication, SeveralApplications, BadOption, Refused: as `make_plan` does.
    """
    task = understand(words, path, requested)
    # What was applied keeps its choices; only an option may contradict them, and is refused.
    project = read_project(task.folder, app=requested.app)
    is_here = project.chat.applied
    asked = requested if is_here else _with_theirs(project, requested, task.requested)
    told = list(task.notes)
    try:
        plan = planned(task.folder, asked)
    except BadOption as problem:
        if asked.reference is None or requested.reference is not None:
            raise
        # The words name a folder without a chat.
        told = [each for each in told if not each.startswith("Reference")] + [str(problem)]
        asked = replace(asked, reference=None)
        plan = planned(task.folder, asked)
    options, playbook = plan.options, task.playbook
    named = {"{path}": options.path, "{schema}": options.schema, "{prefix}": options.env_prefix}
    pattern = playbook.pattern
    for name, value in named.items():
        pattern = pattern.replace(name, value)
    return Guide(
        task=task,
        plan=plan,
        playbook=playbook,
        pattern=pattern,
        command=add_command(asked) if _in_one_go(plan) else None,
        steps=steps(plan, playbook, asked, words.strip()),
        troubles=troubles(options),
        manual_steps=plan.manual_steps,
        notes=(*told, *_notes(task, plan), *plan.notes),
    )


def _with_theirs(
    project: Project, requested: RequestedOptions, understood: RequestedOptions
) -> RequestedOptions:
    """Words such as "JWT" mean the application's own tokens, where it has some."""
    best = project.auth.best
    has_tokens = project.tokens is not None or (best is not None and bool(best.tokens))
    if understood.auth == "jwt" and requested.auth == "auto" and has_tokens:
        return replace(understood, auth="auto")
    return understood


def _in_one_go(plan: Plan) -> bool:
    return bool(plan.changes) and not plan.manual_steps and not plan.options.edits


def _notes(task: Task, plan: Plan) -> list[str]:
    notes = []
    applied = plan.project.chat.applied
    if applied and task.requested != RequestedOptions():
        notes.append("The chat is here with choices of its own; options in the words are not used.")
    if task.playbook.name == "debug" and not plan.project.chat.signs and not applied:
        notes.append(
            f"No chat was found here. Add one with `chatkit-agent add .` ({INTEGRATE.title})."
        )
    return notes
