"""The page of a turn's cost says what was measured, and where a goal is missed."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).resolve().parent.parent.parent / "bench"


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCH))
    yield importlib.import_module("turn_page")
    for name in ("turn_page", "turn_load", "turn_streams"):
        sys.modules.pop(name, None)


@pytest.fixture
def measured(page: Any) -> Any:
    ours = [page.Block(20, 50, 10), page.Block(22, 50, 12), page.Block(30, 40, 20)]
    theirs = [page.Block(40, 25, 30), page.Block(40, 25, 30), page.Block(50, 25, 30)]
    return {("ours", 1): ours, ("bare SDK", 1): theirs}


@pytest.fixture
def profiles(page: Any) -> Any:
    return {
        "ours": page.Profile(20.0, {"the run of the agent": 0.75, "the store": 0.25}, {}),
        "bare SDK": page.Profile(40.0, {"the run of the agent": 0.5, "its client": 0.5}, {}),
    }


def test_a_ratio_is_that_of_two_blocks_that_came_after_each_other(page: Any, measured: Any) -> None:
    assert page.ratios(measured, "bare SDK", 1, "cost") == [0.5, 0.55, 0.6]
    assert page.spread([0.5, 0.6, 0.55]) == "0.55 (0.50 to 0.60)"


def test_a_goal_that_is_missed_is_said_with_by_how_much(
    page: Any, measured: Any, profiles: Any
) -> None:
    rows = list(page.compared(measured))
    assert [row[-1] for row in rows] == ["yes", "yes"]
    measured["ours", 1] = measured["bare SDK", 1]
    assert [row[-1] for row in page.compared(measured)] == ["no, by 0.45", "no, by 0.50"]


def test_the_page_has_every_figure(page: Any, measured: Any, profiles: Any) -> None:
    streams = {
        "ours": page.Streams({0: 100.0, 1000: 200.0}, 102.4, {0: [5.0], 1000: [30.0]}),
        "bare SDK": page.Streams({0: 100.0, 250: 120.0}, 81.9, {}),
    }
    text = page.text_of(measured, profiles, streams)
    assert "| 1 at once | 22.0 (50) | 40.0 (25) |" in text
    assert "| the store | 5.0 | 0.0 |" in text
    assert "| its client | 0.0 | 20.0 |" in text
    assert "**102 KiB**" in text
    assert "stores nothing, 82." in text
    assert "**30 ms**" in text


def test_the_figures_are_drawn(
    page: Any, measured: Any, profiles: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "DOCS", tmp_path)
    ours = page.Streams({0: 100.0, 9: 200.0}, 102.4, {0: [5.0, 6.0], 9: [30.0, 31.0]})
    streams = {"ours": ours, "bare SDK": ours}
    page.write(measured, profiles, streams)
    found = {path.name for path in tmp_path.iterdir()}
    assert found == {"performance.md", "performance-latency.svg", "performance-memory.svg"}
    assert "<svg" in (tmp_path / "performance-memory.svg").read_text()
