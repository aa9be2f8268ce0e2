"""A preflight that leaves a header of the client out is found; no CORS at all is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.routes.preflight_allowed import preflight_allowed
from chatkit_agent.evidence.static import Probe
from tests.checks.rules.conftest import Met

ALL = "authorization, chatkit-frame-instance-id, content-type"


@pytest.mark.parametrize(
    "probe",
    [
        Probe("preflight", "OPTIONS", 400, body="Disallowed CORS headers"),
        Probe("preflight", "OPTIONS", 200, {"access-control-allow-headers": "Content-Type"}),
    ],
)
def test_found(met: Met, probe: Probe) -> None:
    (finding,) = preflight_allowed(met(probe))
    assert finding.cause == "cors:allow_headers"


@pytest.mark.parametrize(
    "probe",
    [
        Probe("preflight", "OPTIONS", 200, {"access-control-allow-headers": ALL}),
        Probe("preflight", "OPTIONS", 200, {"access-control-allow-headers": "*"}),
        Probe("preflight", "OPTIONS", 405),
        Probe("preflight", "OPTIONS", 400, body="Disallowed CORS origin"),
        Probe("preflight", "OPTIONS", None),
    ],
)
def test_quiet(met: Met, probe: Probe) -> None:
    assert not list(preflight_allowed(met(probe)))
