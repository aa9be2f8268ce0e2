"""Health that is wrong about the chat, or about its database."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chatkit_agent.checks.rules.routes.health_told import health_told
from chatkit_agent.evidence.run import Outage, Reply, Run


def conversing(evidence: Run, **seen: Any) -> Run:
    assert evidence.conversation is not None
    return replace(evidence, conversation=replace(evidence.conversation, **seen))


def test_quiet(healthy: Run) -> None:
    assert not list(health_told(healthy))


@pytest.mark.parametrize("status", [500, 503, None])
def test_ill_while_well(healthy: Run, status: int | None) -> None:
    (finding,) = health_told(conversing(healthy, health=Reply(status, "not ready")))
    assert "not ready" in finding.what


def test_well_while_ill(healthy: Run) -> None:
    well = Reply(200, '{"ready": true}')
    outages = (Outage("database", Reply(503), well, Reply(200)),)
    (finding,) = health_told(conversing(healthy, outages=outages))
    assert "while the database is away" in finding.what


@pytest.mark.parametrize("reply", [Reply(401, "who are you"), Reply(429, "slow down")])
def test_what_stands_before_it_is_no_fault_of_it(healthy: Run, reply: Reply) -> None:
    (finding,) = health_told(conversing(healthy, health=reply))
    assert finding.severity == "inconclusive"


def test_no_such_route(healthy: Run) -> None:
    (finding,) = health_told(conversing(healthy, health=Reply(404)))
    assert finding.severity == "info"


def test_unseen(dead: Run) -> None:
    (finding,) = health_told(dead)
    assert finding.severity == "inconclusive"
