"""Answers to malformed requests that are wrong, silent, or say too much."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chatkit_agent.checks.rules.routes.malformed_refused import malformed_refused
from chatkit_agent.evidence.run import CURSOR, LARGE, LONG, LONG_ID, Attempt, Frame, Reply, Run


def sending(evidence: Run, *attempts: Attempt) -> Run:
    assert evidence.conversation is not None
    return replace(evidence, conversation=replace(evidence.conversation, malformed=attempts))


ERROR: Any = {"type": "error", "message": "There is no such thread."}


def test_quiet(healthy: Run) -> None:
    assert not list(malformed_refused(healthy))
    told = Reply(200, frames=(Frame(0.1, ERROR),))
    assert not list(malformed_refused(sending(healthy, Attempt("an unknown thread", told))))


@pytest.mark.parametrize(
    ("reply", "what", "severity"),
    [
        (Reply(500, '{"detail": "oops"}'), "answered with 500", "error"),
        (Reply(503, "{}"), "answered with 503", "error"),
        (Reply(400, "Bad Request"), "no JSON", "warning"),
        (Reply(200, "{}"), "as if nothing were wrong", "warning"),
        (Reply(200, error="the stream was cut"), "breaks off", "error"),
        (Reply(None, error="ReadError"), "breaks off", "error"),
        (Reply(400, '{"error": "select id from threads where id = $1"}'), "insides", "error"),
        (Reply(400, '{"error": "asyncpg.exceptions.DataError"}'), "insides", "error"),
        (Reply(404, '{"error": "Please add a task: water the ferns 17"}'), "quoted", "error"),
    ],
)
def test_found(healthy: Run, reply: Reply, what: str, severity: str) -> None:
    (finding,) = malformed_refused(sending(healthy, Attempt("an empty body", reply)))
    assert what in finding.what
    assert finding.severity == severity


def test_one_cause_is_one_finding(healthy: Run) -> None:
    same = (Attempt("`null`", Reply(500, "{}")), Attempt("a list", Reply(500, "{}")))
    (finding,) = malformed_refused(sending(healthy, *same))
    assert "`null`, a list" in finding.what


def test_only_what_is_beyond_doubt(healthy: Run) -> None:
    doubtful = (Attempt(CURSOR, Reply(200, "{}")), Attempt(LARGE, Reply(None, error="WriteError")))
    assert not list(malformed_refused(sending(healthy, *doubtful)))


@pytest.mark.parametrize(("length", "number"), [(LONG_ID, 1), (LONG_ID - 1, 0)])
def test_a_line_of_the_log_is_as_long_as_an_id(healthy: Run, length: int, number: int) -> None:
    seen = replace(healthy, log=f"INFO: begun\nno thread {'t' * (length - 10)}\nINFO: ended")
    found = list(malformed_refused(sending(seen, Attempt(LONG, Reply(404, "{}")))))
    assert [each.severity for each in found] == ["warning"] * number


def test_unseen(dead: Run) -> None:
    (finding,) = malformed_refused(dead)
    assert finding.severity == "inconclusive"
