"""The command `ask`: a task in words, for a model."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatkit_agent.frontends.cli.answering import (
    DONE,
    FINDINGS,
    INCONCLUSIVE,
    REFUSED,
    answers,
    say,
    show_json,
)
from chatkit_agent.frontends.cli.guide import show_guide
from chatkit_agent.frontends.cli.options import AS_JSON, BOOTED, YES, options, running_of

if TYPE_CHECKING:
    from chatkit_agent.frontends.assistant.asking import Assistant
    from chatkit_agent.output.documents import AskDocument

WRITING = {"apply_plan", "apply_fixes", "undo_integration", "update_integration"}
ENDS = {"exit", "quit", "bye"}


@click.command()
@click.argument("task", nargs=-1)
@options(
    click.option(
        "--project",
        metavar="PATH",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        default=".",
        help="The folder of the project; the current one by default.",
    ),
    click.option("--model", metavar="NAME", help="The model; else CHATKIT_AGENT_MODEL."),
    click.option(
        "--model-api",
        type=click.Choice(["auto", "responses", "chat_completions"]),
        default="auto",
        show_default=True,
        help="What the provider speaks; auto: Responses at OpenAI, else Chat Completions.",
    ),
    click.option(
        "--max-turns",
        type=click.IntRange(min=1),
        default=30,
        show_default=True,
        help="How often the model may think for one task.",
    ),
    click.option(
        "--max-tokens",
        type=click.IntRange(min=1),
        default=400_000,
        show_default=True,
        help="How much may be read and written for one task.",
    ),
    click.option("--new", is_flag=True, help="Forget what was said about this project before."),
    *BOOTED,
    YES,
    AS_JSON,
)
@answers
def ask(
    task: tuple[str, ...],
    project: Path,
    model: str | None,
    model_api: str,
    max_turns: int,
    max_tokens: int,
    new: bool,
    python: Path | None,
    env_file: Path | None,
    own_services: tuple[str, ...],
    yes: bool,
    as_json: bool,
) -> int:
    """Ask the assistant to do TASK; without TASK, talk with it.

    It calls the other commands as tools of a model (OPENAI_API_KEY, OPENAI_BASE_URL) and asks
    before anything is written. Without a key it tells what it knows without a model.
    """
    from chatkit_agent.frontends.assistant.asking import Assistant
    from chatkit_agent.frontends.assistant.history import History
    from chatkit_agent.frontends.assistant.limits import Limits
    from chatkit_agent.frontends.assistant.provider import provider_of

    history = History(project)
    if new:
        history.forget()
    assistant = Assistant(
        project.resolve(),
        provider_of(model, model_api),  # type: ignore[arg-type]
        running_of(python, env_file, own_services, yes=yes),
        Limits(max_turns, max_tokens),
        yes=yes,
        quiet=as_json,
        history=history,
    )
    words = " ".join(task) or _task_of_pipe()
    if words:
        return _status_of(assistant, words, as_json)
    return _talk(assistant)


def _task_of_pipe() -> str:
    """The task from a pipe.

    Raises:
        BadOption: there is neither a task nor anybody to talk with.
    """
    from chatkit_agent.errors import BadOption

    if sys.stdin.isatty():
        return ""
    words = sys.stdin.read().strip()
    if not words:
        raise BadOption("Give a task, such as: chatkit-agent ask Add a chat to this project")
    return words


def _status_of(assistant: Assistant, words: str, as_json: bool) -> int:
    from chatkit_agent.output import terminal

    document = assistant.answer(words)
    if as_json:
        show_json(document)
    elif document.model is None:
        _without_model(document)
    else:
        terminal.show(terminal.answer(document))
        _without_provider(document)
    return _status(document)


def _without_model(document: AskDocument) -> None:
    from chatkit_agent.output import terminal

    say(document.notes[0])
    if document.diagnosis is not None and document.guide is not None:
        terminal.show(terminal.how_understood(document.guide))
        terminal.show(terminal.diagnosis(document.diagnosis))
    elif document.guide is not None:
        show_guide(document.guide)


def _without_provider(document: AskDocument) -> None:
    """What is known by itself, where the provider failed and nothing was done."""
    guide = document.guide
    if document.ended != "failed" or document.added or guide is None:
        return
    say("\nThis is what chatkit-agent knows without a model.")
    if document.diagnosis is None:
        show_guide(guide)


def _status(document: AskDocument) -> int:
    is_refused = any(each.refused and each.name in WRITING for each in document.calls)
    if document.denied or (is_refused and not (document.added and document.added.applied)):
        return REFUSED
    checks, found = document.verification, document.diagnosis
    outcomes = {each.outcome for each in (checks, found) if each is not None}
    if "failed" in outcomes or document.ended != "done":
        return FINDINGS
    return INCONCLUSIVE if "inconclusive" in outcomes else DONE


def _talk(assistant: Assistant) -> int:
    """Task after task, until the person has had enough."""
    from chatkit_agent.errors import ChatKitAgentError

    click.secho("What is to be done? Ctrl-D ends.", bold=True)
    while True:
        try:
            words = click.prompt("\n>", prompt_suffix=" ", default="", show_default=False).strip()
        except click.Abort:
            click.echo()
            return DONE
        if words.lower() in ENDS:
            return DONE
        if not words:
            continue
        try:
            _status_of(assistant, words, as_json=False)
        except ChatKitAgentError as problem:
            say(f"error: {problem}")
        except KeyboardInterrupt:
            say("\nStopped.")
