"""A file of the application that was written for a sidecar is found by the record."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatkit_agent.checks import CHECKS, checks_for
from chatkit_agent.checks.application_untouched import application_untouched
from chatkit_agent.evidence.run import Evidence


@pytest.fixture
def beside(healthy: Evidence) -> Evidence:
    return replace(healthy, mounting="sidecar", outside=())


def test_quiet(beside: Evidence) -> None:
    assert not list(application_untouched(beside))


def test_a_file_of_the_application(beside: Evidence) -> None:
    (finding,) = application_untouched(replace(beside, outside=("app/main.py",)))
    assert (finding.where, finding.severity) == ("app/main.py", "error")


def test_without_a_record_it_is_not_proved(beside: Evidence) -> None:
    (finding,) = application_untouched(replace(beside, outside=None))
    assert (finding.severity, "could not be proved" in finding.what) == ("warning", True)


def test_it_is_about_sidecars_only(healthy: Evidence, beside: Evidence) -> None:
    assert checks_for(beside) == CHECKS
    assert set(CHECKS) - set(checks_for(healthy)) == {application_untouched}
