"""Every error says by itself what happened, and names only options that there are."""

from __future__ import annotations

import inspect
import re

import pytest

from chatkit_agent import errors
from chatkit_agent.frontends.cli import main

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass)]
OPTIONS = {
    name
    for command in main.commands.values()
    for parameter in command.params
    for name in (*parameter.opts, *parameter.secondary_opts)
}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_it_says_by_itself(kind: type[Exception]) -> None:
    said = inspect.getdoc(kind) or ""
    assert re.fullmatch(r"[A-Z][^\n]+\.", said)
    assert set(re.findall(r"--[\w-]+", said)) <= OPTIONS
    assert issubclass(kind, errors.ChatKitAgentError)


def test_a_message_goes_before_it() -> None:
    assert str(errors.DirtyTree()) == inspect.getdoc(errors.DirtyTree)
    assert str(errors.DirtyTree("`a.py` is changed.")) == "`a.py` is changed."


def test_what_some_know_besides() -> None:
    conflict = errors.PackagesConflict("Two do not go together.", "pydantic 1.10")
    assert (str(conflict), conflict.what) == ("Two do not go together.", "pydantic 1.10")
    edit = errors.CannotEdit("It is computed.", "app.include_router(router)")
    assert (str(edit), edit.reason) == ("It is computed.", "It is computed.")
    assert edit.snippet == "app.include_router(router)"
