"""Whatever the second user gets of the first one's thread is a finding."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chatkit_agent.checks.users_isolated import users_isolated
from chatkit_agent.evidence.run import Attempt, Evidence, Reply


def got(evidence: Evidence, **seen: Any) -> Evidence:
    conversation = evidence.conversation
    assert conversation is not None
    assert conversation.neighbour is not None
    neighbour = replace(conversation.neighbour, **seen)
    return replace(evidence, conversation=replace(conversation, neighbour=neighbour))


def test_quiet(healthy: Evidence) -> None:
    assert not list(users_isolated(healthy))


def test_a_foreign_thread_is_listed(healthy: Evidence) -> None:
    seen = got(healthy, threads=Reply(200, '{"data": [{"id": "thr_alice"}]}'))
    (finding,) = users_isolated(seen)
    assert "in the list" in finding.what


def test_the_list_fails(healthy: Evidence) -> None:
    (finding,) = users_isolated(got(healthy, threads=Reply(500, "oops")))
    assert "cannot list" in finding.what


def test_a_foreign_thread_is_read(healthy: Evidence) -> None:
    shown = Reply(200, '{"id": "thr_alice"}')
    (finding,) = users_isolated(got(healthy, attempts=(Attempt("read the thread", shown),)))
    assert finding.what == "A user could read the thread of another user."
    assert finding.severity == "error"


def test_an_empty_answer_gives_nothing_away(healthy: Evidence) -> None:
    nothing = Reply(200, '{"data": []}')
    (finding,) = users_isolated(got(healthy, attempts=(Attempt("read its messages", nothing),)))
    assert "did not get 404" in finding.what
    assert finding.severity == "warning"


@pytest.mark.parametrize("status", [None, 403, 500])
def test_refused_otherwise_than_by_404(healthy: Evidence, status: int | None) -> None:
    attempts = (Attempt("read the thread", Reply(status, error="gone")),)
    (finding,) = users_isolated(got(healthy, attempts=attempts))
    assert "did not get 404" in finding.what


def test_a_foreign_thread_is_damaged(healthy: Evidence) -> None:
    (finding,) = users_isolated(got(healthy, items_for_alice=Reply(404, "no thread")))
    assert "damaged" in finding.what


def test_a_second_user_who_cannot_talk_at_all_proves_nothing(healthy: Evidence) -> None:
    assert healthy.conversation is not None
    assert healthy.conversation.neighbour is not None
    turn = replace(healthy.conversation.neighbour.turn, reply=Reply(401, "who?"))
    (finding,) = users_isolated(got(healthy, turn=turn))
    assert "could not be proved" in finding.what


def test_without_sign_in_it_is_told(healthy: Evidence) -> None:
    (finding,) = users_isolated(replace(healthy, auth="none"))
    assert finding.severity == "warning"


def test_unseen(dead: Evidence) -> None:
    assert len(list(users_isolated(dead))) == 1
