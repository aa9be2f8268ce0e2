"""What the route answers is told by its status, with the body that says more."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.routes.route_mounted import route_answers
from chatkit_agent.evidence.static import Probe
from tests.checks.rules.conftest import Met


@pytest.mark.parametrize(
    ("status", "symptom"),
    [
        (None, "unavailable"),
        (404, "not_found"),
        (503, "unavailable"),
        (500, "server_error"),
        (401, "unauthorized"),
    ],
)
def test_found(met: Met, status: int | None, symptom: str) -> None:
    probe = Probe("signed in", "POST /chatkit", status, body='{"detail": "set X"}', error="refused")
    (finding,) = route_answers(met(probe))
    assert symptom in finding.explains
    assert finding.is_sign
    assert ("refused" if status is None else "set X") in finding.evidence


@pytest.mark.parametrize(("name", "status"), [("signed in", 200), ("anonymous", 401)])
def test_quiet(met: Met, name: str, status: int) -> None:
    assert not list(route_answers(met(Probe(name, "POST /chatkit", status))))
