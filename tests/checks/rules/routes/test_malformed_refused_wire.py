"""A 500 for nonsense is found once, with every request; a refusal is fine."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.routes.malformed_refused import bad_bodies_refused
from chatkit_agent.evidence.static import Probe
from tests.checks.rules.conftest import Met


def test_found(met: Met) -> None:
    broken = [
        Probe(name, f"POST {name}", 500, body="oops") for name in ("no type", "no json", "long id")
    ]
    (finding,) = bad_bodies_refused(met(*broken))
    assert finding.where == "POST no type"
    assert finding.more == ("POST no json: 500: `oops`", "POST long id: 500: `oops`")


def test_a_stream_that_breaks_off(met: Met) -> None:
    probe = Probe("message into nothing", "POST x", 200, error="RemoteProtocolError")
    (finding,) = bad_bodies_refused(met(probe))
    assert finding.cause == "stream start"


@pytest.mark.parametrize(
    "probe",
    [
        Probe("no type", "POST", 400),
        Probe("unknown thread", "POST", 404),
        Probe("long id", "POST", 400),
        Probe("long id", "POST", 404),
        Probe("nonsense limit", "POST", 200),
        Probe("message into nothing", "POST", 404),
        Probe("message into nothing", "POST", 200, body='data: {"type": "error"}'),
    ],
)
def test_quiet(met: Met, probe: Probe) -> None:
    assert not list(bad_bodies_refused(met(probe)))
