"""Which checks `verify` makes: those that a run can be judged by, in the order of a report."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chatkit_agent.checks.required import (
    ASKING,
    BESIDE,
    CALLING,
    REQUIRED,
    SEEING,
    TOLD,
    WATCHING,
    checks_for,
)
from chatkit_agent.checks.rules import CHECKS
from chatkit_agent.evidence.run import Run


def test_every_check_of_a_run_has_its_place_in_a_report() -> None:
    assert [each.name for each in REQUIRED] == list(TOLD)
    assert {each.name for each in CHECKS if each.need.kind == "run"} == set(TOLD)


@pytest.mark.parametrize("names", [BESIDE, ASKING, SEEING, CALLING, WATCHING])
def test_what_may_be_left_out_is_there(names: frozenset[str]) -> None:
    assert names <= set(TOLD)


@pytest.mark.parametrize(
    ("more", "left_out"),
    [
        ({}, BESIDE | CALLING),
        ({"mounting": "sidecar"}, CALLING),
        ({"approvals": False}, BESIDE | CALLING | ASKING),
        ({"has_route_tools": True}, BESIDE),
        ({"is_live": True}, BESIDE | CALLING | WATCHING),
        ({"conversation": None}, BESIDE | CALLING | SEEING),
    ],
)
def test_what_cannot_be_judged_is_left_out(
    healthy: Run, more: dict[str, Any], left_out: frozenset[str]
) -> None:
    made = [each.name for each in checks_for(replace(healthy, **more))]
    assert made == [name for name in TOLD if name not in left_out]


def test_without_a_page_none_is_looked_at(healthy: Run) -> None:
    assert healthy.conversation
    met = replace(healthy.conversation, no_page="There is no browser.")
    made = {each.name for each in checks_for(replace(healthy, conversation=met))}
    assert not made & SEEING
