"""The last words of an application that does not start."""

from __future__ import annotations

from chatkit_agent.checks.rules.deployment.app_boots import application_starts
from tests.checks.rules.conftest import Tried


def test_quiet(tried: Tried, observed: Tried) -> None:
    assert not list(application_starts(tried()))
    assert not list(application_starts.over(observed()))


def test_found(tried: Tried) -> None:
    error = "when it was imported (`app/main.py:3`): KeyError: 'NOTES_DATABASE'"
    (finding,) = application_starts(tried(error=error))
    assert "does not start" in finding.what
    assert "NOTES_DATABASE" in finding.evidence
    assert "does_not_start" in finding.explains
    assert finding.is_sign
