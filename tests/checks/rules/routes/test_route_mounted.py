"""A missing route and a shadowed route are told apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatkit_agent.checks.rules.routes.route_mounted import route_mounted
from chatkit_agent.evidence.run import Reply, Run


def answered(evidence: Run, status: int) -> Run:
    assert evidence.conversation is not None
    alice = replace(evidence.conversation.alice, reply=Reply(status, "Not here"))
    return replace(evidence, conversation=replace(evidence.conversation, alice=alice))


def test_quiet(healthy: Run) -> None:
    assert not list(route_mounted(healthy))


def test_a_route_that_fails_is_mounted(healthy: Run) -> None:
    assert not list(route_mounted(answered(healthy, 503)))


@pytest.mark.parametrize("status", [307, 404, 405])
def test_something_before_it_takes_the_requests(healthy: Run, status: int) -> None:
    (finding,) = route_mounted(answered(healthy, status))
    assert "something before it" in finding.what


def test_missing(healthy: Run) -> None:
    assert healthy.before is not None
    without = replace(healthy.after, routes=healthy.before.routes)
    (finding,) = route_mounted(answered(replace(healthy, after=without), 404))
    assert finding.what == "There is no route POST /chatkit."


def test_unseen(dead: Run) -> None:
    (finding,) = route_mounted(dead)
    assert "no longer boots" in finding.evidence


def test_who_wants_credentials_for_every_path_is_named(healthy: Run) -> None:
    why = "something in front of the chat wants credentials (401 locked). Its middlewares: `lock`."
    met = ("https", "credentials")
    (finding,) = route_mounted(replace(healthy, conversation=None, met=met, unseen=why))
    assert finding.severity != "inconclusive"
    assert finding.evidence.startswith("Something in front of the chat wants credentials (401")
    assert "--env-file" in finding.fix
