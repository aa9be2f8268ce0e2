"""Eight megabytes that are taken are told as an info."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.routes.malformed_refused import large_bodies_refused
from chatkit_agent.evidence.static import Probe
from tests.checks.rules.conftest import Met


def test_found(met: Met) -> None:
    (finding,) = large_bodies_refused(met(Probe("large body", "POST", 200)))
    assert finding.severity == "info"


@pytest.mark.parametrize("status", [413, 400, None])
def test_quiet(met: Met, status: int | None) -> None:
    assert not list(large_bodies_refused(met(Probe("large body", "POST", status))))
