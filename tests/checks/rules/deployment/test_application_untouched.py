"""A file of the application that was written for a sidecar is found by the record."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatkit_agent.checks.required import CALLING, REQUIRED, checks_for
from chatkit_agent.checks.rules.deployment.application_untouched import application_untouched
from chatkit_agent.evidence.run import Run


@pytest.fixture
def beside(healthy: Run) -> Run:
    return replace(healthy, mounting="sidecar", outside=())


def test_quiet(beside: Run) -> None:
    assert not list(application_untouched(beside))


def test_a_file_of_the_application(beside: Run) -> None:
    (finding,) = application_untouched(replace(beside, outside=("app/main.py",)))
    assert (finding.where, finding.severity) == ("app/main.py", "error")


def test_without_a_record_it_is_inconclusive(beside: Run) -> None:
    (finding,) = application_untouched(replace(beside, outside=None))
    assert finding.severity == "info"


def test_it_is_about_sidecars_only(healthy: Run, beside: Run) -> None:
    made = {each.name for each in checks_for(beside)}
    assert {each.name for each in REQUIRED} - made == CALLING
    assert made - {each.name for each in checks_for(healthy)} == {application_untouched.name}
