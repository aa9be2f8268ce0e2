"""Whoever is no user has to be refused; which refusal it is does not matter here."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatkit_agent.checks.rules.identity.unauthenticated_refused import anonymous_turned_away
from chatkit_agent.evidence.static import Evidence, Probe


@pytest.mark.parametrize(("name", "cause"), [("spoofed", "spoofed"), ("anonymous", "anonymous")])
def test_found(met: Callable[..., Evidence], name: str, cause: str) -> None:
    (finding,) = anonymous_turned_away(met(Probe(name, "POST /chatkit", 200, body="{}")))
    assert finding.cause == cause


def test_one_hole_is_told_once(met: Callable[..., Evidence]) -> None:
    probes = [Probe(name, "POST /chatkit", 200) for name in ("anonymous", "spoofed")]
    assert len(list(anonymous_turned_away(met(*probes)))) == 1


@pytest.mark.parametrize("status", [401, 403, 503, None])
def test_quiet(met: Callable[..., Evidence], status: int | None) -> None:
    assert not list(anonymous_turned_away(met(Probe("spoofed", "POST /chatkit", status))))
