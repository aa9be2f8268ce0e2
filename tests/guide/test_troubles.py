"""Troubles: what people see, with the names that this application has for things."""

from __future__ import annotations

from dataclasses import replace

from chatkit_agent.guide.troubles import TROUBLES, troubles
from chatkit_agent.plan.plan import Plan


def test_each_has_the_names_of_the_application(plan: Plan) -> None:
    found = troubles(replace(plan.options, env_prefix="SHOP_", path="/talk"))
    assert len(found) == len(TROUBLES)
    words = " ".join(f"{each.symptom} {each.cause} {each.fix}" for each in found)
    assert "{" not in words
    for said in ("404 for `/talk`", "`SHOP_POOLER=true`", "`GET /talk/health`"):
        assert said in words


def test_each_is_told_once_with_its_cause_and_its_fix() -> None:
    assert len({each.symptom for each in TROUBLES}) == len(TROUBLES)
    assert all(each.cause.endswith(".") and each.fix.endswith(".") for each in TROUBLES)
