"""Ctrl-C at the question is a no, although the event loop takes that signal for itself."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import click
import pytest

from chatkit_agent.frontends.assistant.screen import Screen
from chatkit_agent.frontends.session import Plans, Session


def test_ctrl_c_at_the_question_is_a_no(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def waiting(_: str) -> str:
        os.kill(os.getpid(), signal.SIGINT)
        # Whoever does not stop here would wait for a line.
        return "y"

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr(click.termui, "visible_prompt_func", waiting)
    on = Screen(Session([tmp_path], Plans()), yes=False, quiet=False)

    async def ask() -> Any:
        return on.approves("diagnose", '{"boot": true}')

    assert asyncio.run(ask()) is False
