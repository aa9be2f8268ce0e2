"""The judgement on real applications: nothing that broke may look well."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"


@pytest.fixture(scope="module")
def wild_rows() -> ModuleType:
    spec = importlib.util.spec_from_file_location("wild_rows", BENCH / "wild_rows.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def verified(**different: Any) -> dict[str, Any]:
    return {
        "id": "shop",
        "repo": "somebody/shop",
        "wanted": "app.main:app",
        "found": "app.main:app",
        "applied": True,
        "ok": True,
        "checks": {"app_boots": True, "routes_kept": True},
        "tests_before": {"test_a": "passed", "test_b": "failure"},
        "tests_after": {"test_a": "passed", "test_b": "failure"},
        **different,
    }


def test_all_is_well(wild_rows: ModuleType) -> None:
    row = wild_rows.Row.of(verified())
    assert row.outcome == "verified"
    assert not row.faults


@pytest.mark.parametrize(
    ("different", "fault"),
    [
        ({"found": "other:app"}, "a wrong application was chosen: `other:app`"),
        ({"left": ["app/main.py"]}, "not as it was in the end: app/main.py"),
        ({"again": 2}, "a second plan would change 2 files"),
        ({"tests_after": {"test_b": "failure"}}, "its own tests broke: test_a"),
        ({"ok": False, "applied": False}, "no reason was given"),
        (
            {
                "ok": False,
                "applied": False,
                "checks": {"routes_kept": False},
                "reasons": ["one is gone"],
            },
            "its own routes broke",
        ),
        (
            {"ok": False, "reasons": ["503"]},
            "what was not checked was left in the project",
        ),
    ],
)
def test_what_must_never_be_is_a_fault(
    wild_rows: ModuleType, different: dict[str, Any], fault: str
) -> None:
    assert wild_rows.Row.of(verified(**different)).faults == [fault]


def test_routes_that_nobody_saw_did_not_break(wild_rows: ModuleType) -> None:
    checks = {"app_boots": False, "routes_kept": False}
    unseen = {"checks": checks, "inconclusive": ["routes_kept"], "reasons": ["it did not boot"]}
    assert wild_rows.Row.of(verified(ok=False, applied=False, **unseen)).faults == []


@pytest.mark.parametrize(
    ("different", "outcome"),
    [
        ({"mode": "sidecar"}, "verified as a sidecar"),
        ({"ok": False, "reasons": ["no"]}, "not verified"),
        ({"applied": False, "reasons": ["`pydantic<2` is in the way"]}, "refused"),
        ({"applied": False, "reasons": ["There is a chat here already"]}, "chat recognised"),
    ],
)
def test_outcomes(wild_rows: ModuleType, different: dict[str, Any], outcome: str) -> None:
    assert wild_rows.Row.of(verified(**different)).outcome == outcome


def test_the_page_counts_only_what_was_verified(wild_rows: ModuleType) -> None:
    rows = [
        wild_rows.Row.of(verified()),
        wild_rows.Row.of(verified(applied=False, reasons=["`pydantic<2` is in the way"])),
    ]
    text = "\n".join(wild_rows.page(rows, "wild"))
    assert "**1 of 2 verified with every check** (50 %)" in text
    assert "| somebody/shop | `app.main:app` | refused | `pydantic<2` is in the way |" in text
