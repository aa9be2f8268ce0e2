"""A route that is gone is found by the routing table and by the OpenAPI document."""

from __future__ import annotations

from dataclasses import replace

from chatkit_agent.checks.rules.routes.routes_kept import routes_kept
from chatkit_agent.evidence.run import Boot, Run

ITEMS = frozenset({("GET", "/items")})


def test_quiet(healthy: Run) -> None:
    assert not list(routes_kept(healthy))


def test_a_route_is_gone(healthy: Run) -> None:
    after = replace(healthy.after, routes=healthy.after.routes - ITEMS)
    (finding,) = routes_kept(replace(healthy, after=after))
    assert finding.where == "GET /items"


def test_a_route_is_gone_from_both(healthy: Run) -> None:
    assert healthy.after.openapi is not None
    kept = healthy.after.routes - ITEMS
    after = replace(healthy.after, routes=kept, openapi=healthy.after.openapi - ITEMS)
    assert len(list(routes_kept(replace(healthy, after=after)))) == 1


def test_a_route_is_gone_from_the_document(healthy: Run) -> None:
    assert healthy.after.openapi is not None
    after = replace(healthy.after, openapi=healthy.after.openapi - ITEMS)
    (finding,) = routes_kept(replace(healthy, after=after))
    assert "OpenAPI" in finding.evidence


def test_the_document_can_no_longer_be_made(healthy: Run) -> None:
    after = replace(healthy.after, openapi=None, openapi_error="IndexError: list index")
    (finding,) = routes_kept(replace(healthy, after=after))
    assert finding.evidence == "IndexError: list index"


def test_a_document_that_never_could_be_made_is_no_fault_of_the_chat(healthy: Run) -> None:
    assert healthy.before is not None
    before = Boot(None, healthy.before.routes, None, "TypeError: no schema")
    after = Boot(None, healthy.after.routes, None, "TypeError: no schema")
    assert not list(routes_kept(replace(healthy, before=before, after=after)))


def test_nothing_to_compare_is_told(healthy: Run, dead: Run) -> None:
    (no_record,) = routes_kept(replace(healthy, before=None))
    assert no_record.severity == "info"
    (never_booted,) = routes_kept(replace(healthy, before=Boot(error="at all")))
    assert never_booted.severity == "inconclusive"
    (finding,) = routes_kept(dead)
    assert finding.severity == "inconclusive"
