"""Advice: what is done for a task, with which variables, and how it is tested."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from chatkit_agent.apply.commands import address
from chatkit_agent.guide.excerpts import home_of
from chatkit_agent.guide.playbook import Command, Playbook, Setting
from chatkit_agent.guide.playbooks import DEBUG, INTEGRATE
from chatkit_agent.guide.steps import add_command, installed, look, started, tested
from chatkit_agent.options.env_vars import Variable, stated
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.plan.plan import Plan

UPDATED = "chatkit-agent update . --with "
ADDED = "Shows the diff, asks, writes, and checks the chat."
NEEDS_CHAT = {"removal", "upgrade"}


def filling(plan: Plan) -> Callable[[str], str]:
    """What puts the project's own names into a text."""
    options, app = plan.options, plan.options.served_by
    names = {
        "{path}": options.path,
        "{page}": options.page_path,
        "{schema}": options.schema,
        "{prefix}": options.env_prefix,
        "{home}": home_of(plan),
        "{address}": address(options),
        "{package}": options.home_package,
        "{app}": f"{app.ref} --factory" if app.kind == "factory" else app.ref,
    }

    def filled(text: str) -> str:
        for name, value in names.items():
            text = text.replace(name, value)
        return text

    return filled


def done(plan: Plan, playbook: Playbook, requested: RequestedOptions) -> Iterator[Command]:
    """What is to be done: where there is no chat yet, it is added first."""
    filled = filling(plan)
    own = [Command(filled(each.command), filled(each.expect)) for each in playbook.do]
    chat = plan.project.chat
    if chat.applied or chat.signs or playbook is DEBUG or playbook.name in NEEDS_CHAT:
        yield from own
        return
    modules = [each for each in own if each.command.startswith(UPDATED)]
    features = ",".join(each.command.removeprefix(UPDATED) for each in modules)
    yield Command(add_command(_with(requested, features)), ADDED)
    yield from (each for each in own if each not in modules)
    if playbook is INTEGRATE:
        yield from (command for step in installed(plan) for command in step.commands)
        yield started(plan.options).commands[0]


def _with(requested: RequestedOptions, features: str) -> RequestedOptions:
    names = [*requested.features, *filter(None, features.split(","))]
    return replace(requested, features=tuple(dict.fromkeys(names)))


def tested_by(
    plan: Plan, playbook: Playbook, requested: RequestedOptions, words: str
) -> Iterator[Command]:
    filled = filling(plan)
    if playbook is DEBUG:
        yield from look(plan, requested, words).commands
    elif playbook is INTEGRATE:
        yield started(plan.options).commands[1]
        yield from tested(plan, requested).commands
    else:
        yield from (Command(filled(each.command), filled(each.expect)) for each in playbook.test)


def variables_of(plan: Plan, playbook: Playbook) -> Iterator[Variable]:
    """Those that matter: of the plan, and what only some set."""
    for each in plan.environment:
        if "*" in playbook.variables or each.name.endswith(playbook.variables or ("\n",)):
            yield each
    own = [_variable(each, plan.options.env_prefix) for each in playbook.settings]
    yield from stated(own, plan.project)


def _variable(setting: Setting, prefix: str) -> Variable:
    return Variable(f"{prefix}{setting.name}", setting.purpose, False, setting.example)


def advised(plan: Plan, playbook: Playbook) -> tuple[str, ...]:
    filled = filling(plan)
    return tuple(map(filled, playbook.also))
