"""Steps: what is done to a project, in order, with each file whole and each command as it runs."""

from __future__ import annotations

import ast
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Literal

from chatkit_agent.apply.commands import (
    address,
    folder_of,
    health_command,
    inside,
    question_commands,
    start_command,
)
from chatkit_agent.apply.install import OWN_ENVIRONMENTS, printed_commands
from chatkit_agent.guide.excerpts import delivered_text, home_of, language_of, module_in
from chatkit_agent.guide.playbook import Command, Playbook
from chatkit_agent.guide.playbooks import DEBUG, INTEGRATE
from chatkit_agent.options.env_vars import Variable
from chatkit_agent.options.options import Options, RequestedOptions
from chatkit_agent.plan.change import Change
from chatkit_agent.plan.plan import Plan
from chatkit_agent.project.text.diffing import git_diff


@dataclass(frozen=True)
class GuideFile:
    """A file: new with its whole `content`, changed with its `diff`, or one that is here."""

    path: str
    action: Literal["create", "modify", "read"]
    purpose: str
    language: str
    content: str | None = None
    diff: str | None = None


@dataclass(frozen=True)
class Step:
    title: str
    text: str
    files: tuple[GuideFile, ...] = ()
    commands: tuple[Command, ...] = ()
    variables: tuple[Variable, ...] = ()


def steps(
    plan: Plan, playbook: Playbook, requested: RequestedOptions, words: str
) -> tuple[Step, ...]:
    """What to do, for this playbook and this project, with each file whole."""
    chat = plan.project.chat
    if playbook is DEBUG or (chat.signs and not chat.applied):
        return (look(plan, requested, words), *_here(plan, playbook))
    if playbook is not INTEGRATE:
        return tuple(_here(plan, playbook))
    return (
        *_here(plan, playbook),
        *_steps_of_new_files(plan),
        *installed(plan),
        _settings_step(plan),
        started(plan.options),
        tested(plan, requested),
    )


def add_command(requested: RequestedOptions) -> str:
    """The command that does the same, with every option that was asked for."""
    return " ".join(["chatkit-agent add .", *_options(requested)])


def _verify_command(requested: RequestedOptions) -> str:
    return " ".join(["chatkit-agent verify .", *_options(replace(requested, ci=False))])


def _options(requested: RequestedOptions) -> Iterator[str]:
    for each in fields(requested):
        value = getattr(requested, each.name)
        if value != each.default and each.name != "edits":
            option = "--with" if each.name == "features" else f"--{each.name.replace('_', '-')}"
            yield option if value is True else f"{option} {shlex.quote(_written_out(value))}"


def _written_out(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(value)
    # Commands run in the folder of the project, wherever that was said from.
    return str(value.resolve() if isinstance(value, Path) else value)


def _steps_of_new_files(plan: Plan) -> Iterator[Step]:
    new = [_new(change) for change in plan.changes if change.before is None]
    new.sort(key=lambda file: (not file.path.startswith(home_of(plan)), file.path))
    if new:
        text = "Put each file in its place, as it is. The code is yours from then on."
        yield Step("Write the new files", text, files=tuple(new))
    edited = [_edited_file(plan, change) for change in plan.changes if change.before is not None]
    if edited:
        text = (
            "Each change is a diff of a file that is there; `git apply` takes it. "
            "Every other byte stays."
        )
        yield Step("Change the files that are there", text, files=tuple(edited))


def _new(change: Change) -> GuideFile:
    content = change.after.decode()
    purpose, language = _purpose(change.path, content), language_of(change.path)
    return GuideFile(change.path, "create", purpose, language, content)


def _edited_file(plan: Plan, change: Change) -> GuideFile:
    diff = git_diff([(change.path, change.before, change.after)])
    return GuideFile(change.path, "modify", _why(plan, change.path), "diff", diff=diff)


def _why(plan: Plan, path: str) -> str:
    if path == plan.project.packaging.file:
        return "declares what the chat needs"
    if not path.endswith(".py"):
        return "names the chat's variables"
    if path in (plan.options.app.built_in, plan.options.app.file):
        return "includes the chat's router"
    return "lets the application's settings ignore the chat's variables in a shared `.env`"


def _purpose(path: str, content: str) -> str:
    """What a file says of itself in its first line."""
    if path.endswith(".py"):
        said = (ast.get_docstring(module_in(content)) or "").partition("\n")[0]
    else:
        said = content.lstrip("#- \n").partition("\n")[0]
    return said.rstrip(".")


def _here(plan: Plan, playbook: Playbook) -> Iterator[Step]:
    """The files that a playbook is about: those of a chat that is here, or as they will be."""
    applied = plan.project.chat.applied
    if playbook in (INTEGRATE, DEBUG) and not applied:
        return
    found = []
    for path in playbook.files:
        text = delivered_text(plan, path)
        if text is not None and text[1] == applied:
            whole = f"{home_of(plan)}{path}"
            purpose, language = _purpose(path, text[0]), language_of(path)
            action: Literal["create", "read"] = "read" if applied else "create"
            found.append(GuideFile(whole, action, purpose, language, text[0]))
    if found:
        here = "The chat is here already. This is the code that matters for it, as it is now."
        text_of_step = here if applied else "`add` writes these, with the rest of the chat."
        yield Step("Read the code that matters", text_of_step, files=tuple(found))


def installed(plan: Plan) -> Iterator[Step]:
    if not plan.dependencies:
        return
    if plan.options.is_sidecar:
        command = inside(plan.options.service_folder, "uv sync")
        text = "Into an environment of the service's own; `pip install .` there does the same."
        yield Step("Install the dependencies", text, commands=(Command(command, ""),))
        return
    manager = plan.project.packaging.manager
    text = "In the application's own environment, which has to be active here and below."
    if manager in OWN_ENVIRONMENTS:
        text = f"`{manager}` installs into the environment that it keeps; activate that one below."
    printed = tuple(Command(each, "") for each in printed_commands(plan))
    yield Step("Install the dependencies", text, commands=printed)


def _settings_step(plan: Plan) -> Step:
    where = "where the application's other variables are set, or in its `.env`"
    if plan.options.is_sidecar:
        where = f"in the environment of the service, or in `{plan.options.service_folder}/.env`"
    text = f"Set these {where}. Those that are needed come first."
    return Step("Set the environment variables", text, variables=plan.environment)


def started(options: Options) -> Step:
    return Step(
        "Start the chat beside the application" if options.is_sidecar else "Start the application",
        "The tables are made on first use.",
        commands=(
            Command(start_command(options), f"Serves at {address(options)} until it is stopped."),
            Command(health_command(options), '`"ready":true`, or the names of what is missing.'),
        ),
    )


def tested(plan: Plan, requested: RequestedOptions) -> Step:
    options = plan.options
    folder = folder_of(options.served_by.working_directory)
    run = "uv run --extra test pytest" if options.is_sidecar else "python -m pytest -k chatkit"
    return Step(
        "Test it",
        "From the inside out: the chat's own tests, an answer by hand, the whole check.",
        commands=(
            Command(
                inside(folder, run),
                "3 passed. Needs pytest and httpx, and neither a database nor a model.",
            ),
            *(Command(*each) for each in question_commands(options)),
            Command(
                _verify_command(requested),
                "Each check with `ok`. It boots a copy of the application beside a database, a "
                "model and an MCP server of its own.",
            ),
        ),
    )


def look(plan: Plan, requested: RequestedOptions, words: str) -> Step:
    symptom = f" --symptom {shlex.quote(words)}" if words else ""
    return Step(
        "Look at what is there",
        "Nothing is changed by this.",
        commands=(
            Command(
                f"chatkit-agent doctor .{symptom}",
                "Each cause with its evidence and its fix, the most likely first. With "
                "`--log FILE` it reads the application's log as well.",
            ),
            Command(
                health_command(plan.options),
                "Where the application runs: what is not set, and what does not answer.",
            ),
            Command(
                _verify_command(requested),
                "Each check, and for each that fails what, where, and how to fix it.",
            ),
        ),
    )
