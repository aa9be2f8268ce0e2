"""What the log of an application is known by, alone and at the end of a traceback."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from chatkit_agent.checks.known_errors import Known
from chatkit_agent.checks.rules.logs.model_answers import model_answers
from chatkit_agent.evidence.static.gathering import Looking, observe

Causes = Callable[[str], list[str | None]]


@pytest.fixture
def causes(tmp_path: Path) -> Causes:
    """The causes that a line has, as it is."""

    def told(line: str) -> list[str | None]:
        seen = observe(tmp_path, Looking(log=("app.log", line.encode())))
        return [each.cause for each in model_answers(seen)]

    return told


def are_all_reached(known: Sequence[Known], causes: Sequence[str]) -> bool:
    """Whether each row has a line of which it is the cause; `{name}` in a cause is any name."""
    patterns = [re.sub(r"\\{\w+\\}", r"\\S+", re.escape(each.cause)) for each in known]
    return all(any(re.fullmatch(one, each) for each in causes) for one in patterns)
