"""Checks are made in order over what is there; comments accept, faults of a check are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from chatkit_agent.checks.check import LOG, PROJECT, SOURCE, Check, Finding, Need, check
from chatkit_agent.checks.judge import result, results, unused_ignores
from chatkit_agent.checks.policy import Policy
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.evidence.static.ignores import Ignore
from tests.checks.rules.conftest import observed

__all__ = ["observed"]
HERE = "app/main.py:3"
PLACE = ("app/main.py", 3)


def made(code: str, need: Need[Any] = SOURCE, *places: str) -> Check[Any]:
    def find(_: object) -> Iterator[Finding]:
        for place in places:
            yield Finding("what", place, "the key is sk-1", "fix", cause=code)

    return check(code, needs=need, severity="warning", symptoms=("slow",))(find)


def broken(_: object) -> Iterator[Finding]:
    raise LookupError("no such thing")
    yield


@pytest.fixture
def evidence(observed: Callable[..., Evidence]) -> Evidence:
    return observed()


def test_in_the_order_of_their_evidence(evidence: Evidence) -> None:
    checks = [made("CK3", PROJECT, HERE), made("CK2", LOG, HERE), made("CK1", SOURCE, HERE)]
    judged = results(evidence, checks, Policy())
    assert [each.check.code for each in judged] == ["CK1", "CK3"]


def test_what_is_declared_holds(evidence: Evidence) -> None:
    ((judged,),) = [
        each.findings for each in results(evidence, [made("CK1", SOURCE, HERE)], Policy())
    ]
    assert (judged.severity, judged.explains) == ("warning", ("slow",))


@pytest.mark.parametrize(
    ("ignore", "left"),
    [
        (Ignore(*PLACE, ("CK1",)), 0),
        (Ignore(*PLACE, ()), 0),
        (Ignore(*PLACE, ("CK2",)), 1),
        (Ignore("app/main.py", 4, ("CK1",)), 1),
    ],
)
def test_what_a_comment_accepts(evidence: Evidence, ignore: Ignore, left: int) -> None:
    seen = replace(evidence, ignores=(ignore,))
    checks = [made("CK1", SOURCE, HERE)]
    (judged,) = results(seen, checks, Policy())
    assert len(judged.findings) == left
    assert judged.used == (frozenset() if left else {ignore})


def test_a_comment_that_accepts_nothing(evidence: Evidence) -> None:
    unused, used = Ignore("app/main.py", 9, ("CK1",)), Ignore(*PLACE, ("CK1",))
    of_another = Ignore(*PLACE, ("CK5",))
    seen = replace(evidence, ignores=(unused, used, of_another))
    checks = [made("CK1", SOURCE, HERE), made("CK5", LOG, HERE)]
    judged = results(seen, checks, Policy())
    assert unused_ignores(seen, judged, checks) == (unused,)


def test_a_check_that_breaks_down_says_so() -> None:
    faulty = check("CK9", needs=SOURCE)(broken)
    judged = result(faulty, faulty.find(None))
    assert not judged.findings
    assert "CK9 `broken` broke down" in judged.broken
    assert "LookupError: no such thing" in judged.broken


def test_a_comment_is_not_unused_where_its_check_broke_down(evidence: Evidence) -> None:
    faulty = check("CK9", needs=SOURCE)(broken)
    seen = replace(evidence, ignores=(Ignore(*PLACE, ("CK9",)),))
    judged = results(seen, [faulty], Policy())
    assert unused_ignores(seen, judged, [faulty]) == ()


def test_secrets_of_a_run_are_hidden() -> None:
    one = made("CK1", SOURCE, HERE)
    judged = result(one, one.find(None), secrets=("sk-1",))
    assert judged.findings[0].evidence == "the key is [hidden]"
