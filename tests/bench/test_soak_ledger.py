"""The soak's own judgement: what was acknowledged has to be there once, whole, and in order."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"


@pytest.fixture(scope="module")
def soak_ledger() -> ModuleType:
    spec = importlib.util.spec_from_file_location("soak_ledger", BENCH / "soak_ledger.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def said(number: int, text: str = "", kind: str = "user_message") -> dict[str, Any]:
    content = [{"type": "input_text", "text": text or f"user1 number {number}"}]
    return {"id": f"msg_{number}", "type": kind, "content": content}


def contradictions(soak_ledger: ModuleType, seen: list[Any], stored: list[Any]) -> list[str]:
    found: list[str] = soak_ledger.Conversation("user1", seen).contradictions(stored)
    return found


def test_what_is_there_and_more_is_fine(soak_ledger: ModuleType) -> None:
    stored = [said(1), {"id": "wf_1", "type": "workflow"}, said(2), said(3)]
    assert contradictions(soak_ledger, [said(1), said(3)], stored) == []


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        ([said(1)], "lost msg_2"),
        ([said(2), said(1)], "the items are in another order"),
        ([said(1), said(2), said(2)], "an item is there twice"),
        ([said(1), said(2), said(3, "user1 number 2")], "said twice: 'user1 number 2'"),
        ([said(1), said(2, "user1 numb")], "changed msg_2"),
        ([said(1), said(2), said(3, "user2 says")], "words of user2"),
    ],
)
def test_each_contradiction_is_found(
    soak_ledger: ModuleType, stored: list[Any], reason: str
) -> None:
    assert reason in contradictions(soak_ledger, [said(1), said(2)], stored)


def test_what_was_accepted_is_there_though_nobody_stayed(soak_ledger: ModuleType) -> None:
    conversation = soak_ledger.Conversation("user1", [], accepted={"user1 number 1"})
    assert conversation.contradictions([said(1)]) == []
    assert conversation.contradictions([]) == ["accepted and lost: 'user1 number 1'"]


def test_a_retry_leaves_an_answer(soak_ledger: ModuleType) -> None:
    conversation = soak_ledger.Conversation("user1", [said(1)])
    conversation.retried.append(("msg_1", frozenset({"msg_2"})))
    old, new = said(2, kind="assistant_message"), said(3, kind="assistant_message")
    for stored in ([old], [new], [old, new]):
        assert conversation.contradictions([said(1), *stored]) == []
    assert conversation.contradictions([said(1)]) == ["a retry took the answer away and left none"]


def test_a_name_that_was_given_stays(soak_ledger: ModuleType) -> None:
    ledger = soak_ledger.Ledger()
    ledger.opened("thr_1", "user1").title = "Mine"
    ledger.listed("user1", [{"id": "thr_1", "title": "Mine"}])
    assert ledger.violations == []
    ledger.listed("user1", [{"id": "thr_1", "title": "good day from user1"}])
    assert "instead of 'Mine'" in ledger.violations[0]


def test_a_thread_that_is_somebody_elses_is_found(soak_ledger: ModuleType) -> None:
    ledger = soak_ledger.Ledger()
    ledger.opened("thr_1", "user1")
    ledger.opened("thr_2", "user2")
    ledger.listed("user1", [{"id": "thr_1"}, {"id": "thr_unseen"}])
    assert ledger.violations == []
    ledger.listed("user1", [{"id": "thr_2"}])
    assert ledger.violations == [
        "thr_2 is listed 1 times for user1",
        "thr_1 is missing in the list of user1",
    ]


def test_a_trouble_excuses_only_while_it_is_felt(soak_ledger: ModuleType) -> None:
    ledger = soak_ledger.Ledger()
    ledger.begin("outage")
    ledger.unless("status 503", "outage")
    assert ledger.violations == []
    ledger.unless("status 503", "restart")
    assert ledger.violations == ["status 503"]
    ledger.end("outage", -1)
    ledger.unless("status 502", "outage")
    assert ledger.violations == ["status 503", "status 502"]
