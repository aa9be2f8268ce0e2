"""Screen: what a person sees while the assistant works, and where they are asked."""

from __future__ import annotations

import json
import re
import shutil
import signal
import sys
import textwrap
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import click

from chatkit_agent.api import plan_fixes, plan_integration, plan_undo, plan_update, unheard
from chatkit_agent.errors import ChatKitAgentError
from chatkit_agent.frontends.arguments import UpdateArguments
from chatkit_agent.frontends.session import Session
from chatkit_agent.output import terminal

CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
WIDEST = 100
WAITING = "Waiting for the model"
SHOWN = ("apply_plan", "apply_fixes", "undo_integration", "update_integration")
WORDS_OF = "{speaker} says, in its own words; what was done and checked stands below them:"
WRITES = {
    "apply_plan": "Write these files?",
    "undo_integration": "Take the chat out again?",
    "apply_fixes": "Make these edits?",
    "update_integration": "Bring the delivered code up to this version?",
}


class Screen:
    """Streams to a terminal. With `yes` everything is approved, and still shown."""

    def __init__(
        self, session: Session, *, yes: bool, quiet: bool, speaker: str | None = None
    ) -> None:
        """`speaker` is the model, whose words are told to be its own."""
        self._session = session
        self._yes = yes
        # With --json stdout holds the document only.
        self._out = sys.stderr if quiet else sys.stdout
        self._column = 0
        self._word = ""
        self._in_code = False
        self._speaker = speaker
        self._is_answering = False
        self._waiting: ExitStack | None = None
        self._has_spoken = False

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Another task: its words are told to be the model's, and that it takes time is seen."""
        self._has_spoken, self._is_answering = False, True
        self._wait()
        try:
            yield
        finally:
            self._is_answering = False
            self._make_room()
            self.ended()

    def _wait(self) -> None:
        """Until something is said or asked, what moves shows that work goes on."""
        if self._is_answering and self._waiting is None and terminal.is_watched(self._out):
            self._waiting = ExitStack()
            self._waiting.enter_context(terminal.working(WAITING, unheard))

    def _make_room(self) -> None:
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            waiting.close()

    def said(self, text: str) -> None:
        """Words as they come, broken between words; lines of code are left whole."""
        self._make_room()
        if self._speaker and not self._has_spoken:
            self.note(WORDS_OF.format(speaker=self._speaker))
        self._has_spoken = True
        for part in re.findall(r"\s|\S+", terminal.visible(CONTROL.sub("", text))):
            if part.isspace():
                self._put_word()
                self._put_space(part)
            else:
                self._word += part
        self._out.flush()

    def ended(self) -> None:
        """The answer is whole."""
        self._put_word()
        if self._column:
            self._put_space("\n")
        self._in_code = False
        self._out.flush()

    def called(self, name: str, arguments: str) -> None:
        self.ended()
        self.note(f"{name}  {_short(arguments)}".rstrip()[: self._width - 2])
        self._wait()

    def refused(self, name: str, reason: str) -> None:
        """A call that was not carried out, and why; nobody was asked about it."""
        self.ended()
        self.note(f"refused: {name}. {reason}")

    def note(self, text: str) -> None:
        waited = self._waiting is not None
        self._make_room()
        clean = terminal.visible(CONTROL.sub("", text))
        click.secho(
            textwrap.fill(clean, self._width, initial_indent="  ", subsequent_indent="    "),
            dim=True,
            file=self._out,
        )
        if waited:
            self._wait()

    def approves(self, name: str, arguments: str) -> bool:
        """Show what would be done and ask; without a terminal nobody can say yes."""
        self._make_room()
        is_approved = self._asks(name, arguments)
        self._wait()
        return is_approved

    def _asks(self, name: str, arguments: str) -> bool:
        self.ended()
        given = _arguments_of(arguments)
        if name in SHOWN and not self._shows_changes(name, given):
            return True
        question = WRITES.get(name, f"Let {name} do this?")
        details = {key: each for key, each in given.items() if key not in ("plan_id", "token")}
        if details:
            self.note(f"with {json.dumps(details)}")
        if self._yes:
            self.note(f"{question} Yes, by --yes.")
            return True
        if not sys.stdin.isatty():
            self.note(f"{question} No: there is no terminal to ask in. Pass --yes to approve.")
            return False
        return self._is_confirmed(question)

    def _is_confirmed(self, question: str) -> bool:
        # The event loop takes Ctrl-C for itself, which would leave the question standing.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return click.confirm(f"\n{question}", err=self._out is sys.stderr)
        except click.Abort:
            click.echo(file=self._out)
            return False
        finally:
            signal.signal(signal.SIGINT, before)

    def _shows_changes(self, name: str, given: dict[str, Any]) -> bool:
        """Whether there is something to approve; what cannot be applied is refused later."""
        try:
            shows = {
                "apply_fixes": self._fixes,
                "undo_integration": self._undo,
                "update_integration": self._update,
            }
            shown = shows.get(name, self._plan)(given)
        except ChatKitAgentError:
            return False
        if shown is not None:
            terminal.show(shown, stderr=self._out is sys.stderr)
        return shown is not None

    def _plan(self, given: dict[str, Any]) -> Any:
        path, request = self._session.plans.recall(str(given.get("plan_id", "")))
        document = plan_integration(path, request)
        return None if document.manual_steps else terminal.plan(document, full=False)

    def _fixes(self, given: dict[str, Any]) -> Any:
        edits = [str(each) for each in given.get("edits") or ()]
        path = self._session.folder(str(given.get("path") or "."))
        return terminal.fixes(plan_fixes(path, edits, given.get("app")))

    def _undo(self, given: dict[str, Any]) -> Any:
        path = self._session.folder(str(given.get("path") or "."))
        return terminal.undone(plan_undo(path, markers=bool(given.get("markers"))))

    def _update(self, given: dict[str, Any]) -> Any:
        asked = UpdateArguments.model_validate(given)
        path = self._session.folder(asked.path)
        return terminal.updated(plan_update(path, asked.asked(), markers=asked.markers))

    @property
    def _width(self) -> int:
        return min(shutil.get_terminal_size().columns, WIDEST)

    def _put_word(self) -> None:
        word, self._word = self._word, ""
        if word.startswith("```"):
            self._in_code = not self._in_code
        if self._column and self._column + len(word) > self._width and not self._in_code:
            self._put_space("\n")
        self._out.write(word)
        self._column += len(word)

    def _put_space(self, space: str) -> None:
        if space == "\n":
            self._out.write("\n")
            self._column = 0
        elif self._column < self._width or self._in_code:
            self._out.write(space)
            self._column += 1


def _arguments_of(arguments: str) -> dict[str, Any]:
    try:
        given = json.loads(arguments or "{}")
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def _short(arguments: str) -> str:
    given = {key: each for key, each in _arguments_of(arguments).items() if key != "token"}
    return " ".join(f"{key}={_plain(each)}" for key, each in given.items() if each is not None)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
