"""While it takes time a person sees the step and its seconds; a pipe sees plain lines."""

from __future__ import annotations

import io
import os
import pty
import select
import subprocess
import sys
from pathlib import Path
from time import monotonic

import pytest
from rich.console import Console

from chatkit_agent.output.terminal.working import Board, is_watched, working

SLOW = """\
import sys, time
from chatkit_agent.output.terminal.working import working
with working("Looking", lambda said: print("plain:", said, file=sys.stderr)) as progress:
    time.sleep(1.3)
    progress("Booting the application with a name that is far longer than a narrow terminal is")
    time.sleep(1.3)
print("done")
"""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_only_a_terminal_is_drawn_on() -> None:
    assert is_watched(Terminal(), {})
    assert not is_watched(Terminal(), {"CI": "1"})
    assert not is_watched(Terminal(), {"TERM": "dumb"})
    assert not is_watched(io.StringIO(), {})


def test_where_nobody_watches_steps_are_lines(capsys: pytest.CaptureFixture[str]) -> None:
    said: list[str] = []
    with working("first", said.append) as progress:
        progress("second")
    assert said == ["second"]
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("encoding", "is_plain"), [("utf-8", False), ("cp1252", True)])
def test_what_moves_fits_the_encoding(encoding: str, is_plain: bool) -> None:
    raw = io.BytesIO()
    console = Console(file=io.TextIOWrapper(raw, encoding=encoding), width=40, force_terminal=True)
    console.print(Board(console, "Looking"))
    console.file.flush()
    assert raw.getvalue().decode(encoding).isascii() is is_plain


def on_a_terminal(columns: int, **environment: str) -> str:
    ours, theirs = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name != "CI"}
    more = {"TERM": "xterm-256color", "COLUMNS": str(columns), **environment}
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW], stdout=theirs, stderr=theirs, env={**kept, **more}
    )
    os.close(theirs)
    out, end = b"", monotonic() + 60
    while monotonic() < end:
        if select.select([ours], [], [], 0.2)[0]:
            try:
                part = os.read(ours, 4096)
            except OSError:
                break
            out += part
        elif process.poll() is not None:
            break
    process.wait(timeout=60)
    os.close(ours)
    return out.decode()


@pytest.mark.parametrize("columns", [40, 120])
def test_seconds_go_on_and_stay(columns: int) -> None:
    text = on_a_terminal(columns)
    assert "1.3 s  Looking" in text.replace("1.4", "1.3").replace("1.5", "1.3")
    assert "0 s" in text
    assert text.rstrip().endswith("done")
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h") == 1, "the cursor is there again"


def test_in_ci_nothing_moves() -> None:
    text = on_a_terminal(80, CI="1")
    assert "plain: Booting the application" in text
    assert "\x1b[" not in text


def test_it_is_shown_by_what_takes_long() -> None:
    commands = Path(__file__).parents[3] / "src/chatkit_agent/frontends/cli"
    for name in ("integrating", "verify", "doctor", "update", "undo", "guide"):
        assert "terminal.working(" in (commands / f"{name}.py").read_text(), name
