"""What the health of a running chat names as away is told, also where it answers 200."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.routes.nothing_degraded import nothing_degraded
from chatkit_agent.evidence.static import Probe
from tests.checks.rules.conftest import Met


def health(body: str, status: int = 200) -> Probe:
    return Probe("health", "GET /chatkit/health", status, body=body)


@pytest.mark.parametrize("key", ["degraded", "missing"])
def test_found(met: Met, key: str) -> None:
    (finding,) = nothing_degraded(met(health(f'{{"ready": true, "{key}": ["MCP_SERVER_URL"]}}')))
    assert "MCP_SERVER_URL" in finding.what
    assert finding.severity == "error"
    assert "silent" in finding.explains


def test_each_is_told(met: Met) -> None:
    found = list(nothing_degraded(met(health('{"degraded": ["MCP_SERVER_URL", "database"]}'))))
    assert len({each.cause for each in found}) == 2


@pytest.mark.parametrize(
    "body",
    ['{"ready": true, "degraded": []}', '{"ready": true}', "ok", "[]", '{"degraded": null}', ""],
)
def test_quiet(met: Met, body: str) -> None:
    assert not list(nothing_degraded(met(health(body))))


def test_quiet_without_health(met: Met) -> None:
    assert not list(nothing_degraded(met()))
