"""What another person's page shows."""

from __future__ import annotations

from dataclasses import replace

from chatkit_agent.checks.rules.identity.page_keeps_people_apart import page_keeps_people_apart
from chatkit_agent.evidence.run import Run
from tests.checks.rules.page_visits import seen


def test_quiet(healthy: Run) -> None:
    assert not list(page_keeps_people_apart(healthy))


def test_words_of_somebody_else(healthy: Run) -> None:
    (finding,) = page_keeps_people_apart(seen(healthy, seen_by_other=("feed the cat",)))
    assert "feed the cat" in finding.evidence
    assert finding.severity == "error"


def test_without_sign_in_there_is_nobody_else(healthy: Run) -> None:
    (finding,) = page_keeps_people_apart(replace(healthy, auth="none"))
    assert finding.severity == "info"


def test_what_was_not_looked_at_is_not_known(healthy: Run, dead: Run) -> None:
    (asked,) = page_keeps_people_apart(seen(healthy, seen_by_other=None, problem="it ended"))
    assert (asked.severity, "it ended" in asked.evidence) == ("inconclusive", True)
    (gone,) = page_keeps_people_apart(dead)
    assert gone.severity == "inconclusive"
