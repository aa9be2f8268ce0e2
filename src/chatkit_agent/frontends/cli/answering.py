"""How a command answers: one JSON document or text, and an exit status."""

from __future__ import annotations

import gc
import io
import signal
import sys
import threading
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from chatkit_agent.errors import ChatKitAgentError
    from chatkit_agent.output.documents import DoctorDocument, Document, VerifyDocument

DONE, FINDINGS, USAGE, REFUSED, INCONCLUSIVE, INTERRUPTED = 0, 1, 2, 3, 4, 130
ENDINGS = [getattr(signal, each) for each in ("SIGTERM", "SIGHUP") if hasattr(signal, each)]
BY_OUTCOME = {"passed": DONE, "failed": FINDINGS, "inconclusive": INCONCLUSIVE}


def show(document: Document, text: Any, as_json: bool) -> None:
    from chatkit_agent.output import terminal

    if as_json:
        show_json(document)
    else:
        terminal.show(text)


def show_findings(
    document: DoctorDocument | VerifyDocument, text: Any, as_json: bool, form: str | None
) -> None:
    from chatkit_agent.output.reports import as_github, as_sarif

    writers = {"sarif": as_sarif, "github": as_github}
    if form in writers:
        click.echo(writers[form](document))
    else:
        show(document, text, as_json or form == "json")


def show_json(document: Document) -> None:
    """The document in any encoding that stdout has."""
    is_unicode = (getattr(sys.stdout, "encoding", None) or "").lower().startswith("utf")
    click.echo(document.as_json(only_ascii=not is_unicode))


def show_text(text: str) -> None:
    from chatkit_agent.output import terminal

    click.echo(terminal.visible(text))


# The second is that of the C locale, and stops at an accent.
STOPS = ("strict", "surrogateescape")


def write_anything() -> None:
    """Let no character stop a command, whatever encoding its output has."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors in STOPS:
            stream.reconfigure(errors="backslashreplace")


def say(message: str) -> None:
    from chatkit_agent.output import terminal

    click.echo(terminal.visible(message), err=True)


def confirm(question: str) -> None:
    """Ask before something is written.

    Raises:
        Refused: the answer is no, or there is nobody to ask.
    """
    from chatkit_agent.errors import Refused

    if not sys.stdin.isatty():
        raise Refused("Nothing was written: there is no terminal to ask in. Pass --yes to apply.")
    if not click.confirm(f"\n{question}", err=True):
        raise Refused("Nothing was written.")


def run(work: Callable[[], int], as_json: bool) -> None:
    """Do the work and leave with its exit status; a refusal is told, never traced."""
    from chatkit_agent.errors import (
        BadOption,
        CannotBoot,
        CannotEdit,
        ChatKitAgentError,
        Interrupted,
        Refused,
    )

    # A signal that ends the process tells as much as Ctrl-C, and cleans up as well: a closed
    # terminal too, unless somebody wants to outlive that, by `nohup`.
    if threading.current_thread() is threading.main_thread():
        for each in ENDINGS:
            if signal.getsignal(each) is not signal.SIG_IGN:
                signal.signal(each, signal.default_int_handler)
    try:
        status = work_or_tell(work)
    except ChatKitAgentError as problem:
        known: dict[type[ChatKitAgentError], int] = {
            BadOption: USAGE,
            CannotEdit: REFUSED,
            Refused: REFUSED,
            CannotBoot: INCONCLUSIVE,
            Interrupted: INTERRUPTED,
        }
        status = next((each for kind, each in known.items() if isinstance(problem, kind)), FINDINGS)
        told(problem, status, as_json)
    sys.exit(status)


def work_or_tell(work: Callable[[], int]) -> int:
    """
    Raises:
        ChatKitAgentError: the system refused a file somewhere, perhaps after something was written.
    """
    from chatkit_agent.errors import ChatKitAgentError

    try:
        return work()
    except OSError as problem:
        if problem.filename is None or problem.strerror is None:
            raise
        raise ChatKitAgentError(
            f"`{problem.filename}` could not be used: {problem.strerror}. Correct that, then run "
            "the command again."
        ) from problem


def answers(work: Callable[..., int]) -> Callable[..., None]:
    """A command of what gives an exit status."""

    @wraps(work)
    def command(**given: Any) -> None:
        run(lambda: work(**given), bool(given.get("as_json")) or given.get("form") == "json")

    return command


def answers_reading(work: Callable[..., int]) -> Callable[..., None]:
    """The same for what only reads: what it parses stays until the end, for no collector."""
    command = answers(work)

    @wraps(work)
    def reading(**given: Any) -> None:
        gc.disable()
        try:
            command(**given)
        finally:
            # Nor is all of it looked through once more when the process ends.
            gc.freeze()
            gc.enable()

    return reading


def told(problem: ChatKitAgentError, status: int, as_json: bool) -> None:
    from chatkit_agent.output import terminal
    from chatkit_agent.output.documents import ErrorDocument

    document = ErrorDocument.of(problem, status)
    if as_json:
        show_json(document)
    terminal.show(terminal.error(document), stderr=True)
