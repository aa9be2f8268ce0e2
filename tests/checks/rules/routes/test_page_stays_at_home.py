"""What a page asks elsewhere, and what its browser complains of."""

from __future__ import annotations

from chatkit_agent.checks.rules.routes.page_stays_at_home import page_stays_at_home
from chatkit_agent.evidence.run import Run
from tests.checks.rules.page_visits import seen


def test_quiet(healthy: Run) -> None:
    assert not list(page_stays_at_home(healthy))


def test_a_request_to_another_origin(healthy: Run) -> None:
    (finding,) = page_stays_at_home(seen(healthy, away=("https://cdn.example/x.js",)))
    assert "https://cdn.example/x.js" in finding.evidence
    assert finding.severity == "error"


def test_a_page_that_was_not_seen_is_not_said_to_stay(healthy: Run) -> None:
    (finding,) = page_stays_at_home(seen(healthy, pieces=None, problem="It did not open."))
    assert finding.severity == "inconclusive"


def test_what_the_browser_says(healthy: Run) -> None:
    (finding,) = page_stays_at_home(seen(healthy, said=("Refused to load",)))
    assert (finding.evidence, finding.severity) == ("Refused to load", "warning")


def test_without_a_run_it_is_not_known(dead: Run) -> None:
    (finding,) = page_stays_at_home(dead)
    assert finding.severity == "inconclusive"
