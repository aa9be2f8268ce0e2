"""What a browser shows of an answer, or does not."""

from __future__ import annotations

from chatkit_agent.checks.rules.routes.page_opens import page_opens
from chatkit_agent.evidence.run import Run
from tests.checks.rules.page_visits import seen


def test_quiet(healthy: Run) -> None:
    assert not list(page_opens(healthy))


def test_a_page_that_does_not_answer(healthy: Run) -> None:
    (finding,) = page_opens(seen(healthy, pieces=None, problem="You are not signed in"))
    assert "not signed in" in finding.evidence
    assert "getToken" in finding.fix


def test_a_browser_that_does_not_start_says_nothing_of_the_page(healthy: Run) -> None:
    (finding,) = page_opens(seen(healthy, pieces=None, unseen="The browser has ended."))
    assert finding.severity == "inconclusive"
    assert "The browser has ended." in finding.evidence


def test_an_answer_that_is_not_shown(healthy: Run) -> None:
    (finding,) = page_opens(seen(healthy, pieces=0))
    assert "not on the page" in finding.what


def test_an_answer_that_comes_at_once(healthy: Run) -> None:
    (finding,) = page_opens(seen(healthy, pieces=1))
    assert (finding.severity, "all at once" in finding.what) == ("warning", True)


def test_a_step_that_is_not_shown(healthy: Run) -> None:
    (finding,) = page_opens(seen(healthy, has_step=False))
    assert "tool" in finding.what


def test_without_a_run_it_is_not_known(dead: Run) -> None:
    (finding,) = page_opens(dead)
    assert finding.severity == "inconclusive"
