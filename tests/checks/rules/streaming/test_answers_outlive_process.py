"""What is left of an answer whose process ended in the middle of it."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.streaming.answers_outlive_process import answers_outlive_process
from chatkit_agent.evidence.static import Ending
from tests.checks.rules.conftest import Tried


def test_quiet(tried: Tried, observed: Tried) -> None:
    kept = (Ending("deploy", 1.0, True), Ending("crash", None, True))
    assert not list(answers_outlive_process(tried(endings=kept)))
    assert not list(answers_outlive_process(tried()))
    assert not list(answers_outlive_process.over(observed()))


@pytest.mark.parametrize(
    ("ending", "severity", "told"),
    [
        (Ending("deploy", None, False), "warning", "went on until it was killed"),
        (Ending("deploy", 0.51, False), "warning", "ended 0.5 s after SIGTERM"),
        (Ending("deploy", None, True), "info", "Kept was"),
        (Ending("crash", None, False), "info", "was killed (SIGKILL)"),
    ],
)
def test_found(tried: Tried, ending: Ending, severity: str, told: str) -> None:
    (finding,) = answers_outlive_process(tried(endings=(ending,)))
    assert finding.severity == severity
    assert told in finding.evidence
