"""What became of a check is told by the worst of what it found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from chatkit_agent.checks.check import Severity, inconclusive, not_applicable, outcome_of

ONE = inconclusive("it works", "nothing ran.")


def test_an_inconclusive_one_says_what_was_not_seen_and_why() -> None:
    assert ONE.what == "It was not seen that it works."
    assert ONE.evidence == "Not seen, because nothing ran."
    assert ONE.severity == "inconclusive"


def test_what_does_not_apply_is_no_fault() -> None:
    found = not_applicable("There are no tools.")
    assert (found.what, found.severity) == ("There are no tools.", "info")


@pytest.mark.parametrize(
    ("severities", "outcome"),
    [
        ([], "passed"),
        (["info", "warning"], "passed"),
        (["warning", "inconclusive"], "inconclusive"),
        (["inconclusive", "error"], "failed"),
    ],
)
def test_outcome_of(severities: Sequence[Severity], outcome: str) -> None:
    assert outcome_of(replace(ONE, severity=each) for each in severities) == outcome
