"""Whether an answer outlives a reload of the page."""

from __future__ import annotations

from chatkit_agent.checks.rules.streaming.page_goes_on import page_goes_on
from chatkit_agent.evidence.run import Run
from tests.checks.rules.page_visits import seen


def test_quiet(healthy: Run) -> None:
    assert not list(page_goes_on(healthy))


def test_an_answer_that_is_gone(healthy: Run) -> None:
    (finding,) = page_goes_on(seen(healthy, goes_on=False))
    assert "X-ChatKit-Resume" in finding.fix
    assert finding.severity == "error"


def test_what_was_not_asked_is_not_known(healthy: Run, dead: Run) -> None:
    (asked,) = page_goes_on(seen(healthy, goes_on=None, problem="nobody could sign in"))
    assert (asked.severity, "sign in" in asked.evidence) == ("inconclusive", True)
    (gone,) = page_goes_on(dead)
    assert gone.severity == "inconclusive"
