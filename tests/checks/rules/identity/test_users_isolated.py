"""Whatever the second user gets of the first one's thread is a finding."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chatkit_agent.checks.rules.identity.users_isolated import users_isolated
from chatkit_agent.evidence.run import Attempt, Reply, Run


def got(evidence: Run, **seen: Any) -> Run:
    conversation = evidence.conversation
    assert conversation is not None
    assert conversation.second_user is not None
    second_user = replace(conversation.second_user, **seen)
    return replace(evidence, conversation=replace(conversation, second_user=second_user))


def test_quiet(healthy: Run) -> None:
    assert not list(users_isolated(healthy))


def test_a_foreign_thread_is_listed(healthy: Run) -> None:
    seen = got(healthy, threads=Reply(200, '{"data": [{"id": "thr_alice"}]}'))
    (finding,) = users_isolated(seen)
    assert "in the list" in finding.what


def test_the_list_fails(healthy: Run) -> None:
    (finding,) = users_isolated(got(healthy, threads=Reply(500, "oops")))
    assert "cannot list" in finding.what


def test_a_foreign_thread_is_read(healthy: Run) -> None:
    shown = Reply(200, '{"id": "thr_alice"}')
    (finding,) = users_isolated(got(healthy, attempts=(Attempt("read the thread", shown),)))
    assert finding.what == "A user could read the thread of another user."
    assert finding.severity == "error"


def test_an_empty_answer_gives_nothing_away(healthy: Run) -> None:
    nothing = Reply(200, '{"data": []}')
    (finding,) = users_isolated(got(healthy, attempts=(Attempt("read its messages", nothing),)))
    assert "did not get 404" in finding.what
    assert finding.severity == "warning"


@pytest.mark.parametrize("status", [None, 403, 500])
def test_refused_otherwise_than_by_404(healthy: Run, status: int | None) -> None:
    attempts = (Attempt("read the thread", Reply(status, error="gone")),)
    (finding,) = users_isolated(got(healthy, attempts=attempts))
    assert "did not get 404" in finding.what


def test_a_thread_that_cannot_be_read_afterwards_accuses_nobody(healthy: Run) -> None:
    (finding,) = users_isolated(got(healthy, items_for_alice=Reply(404, "no thread")))
    assert finding.severity == "inconclusive"
    assert "could not be read" in finding.evidence


def test_a_second_user_who_cannot_talk_at_all_proves_nothing(healthy: Run) -> None:
    assert healthy.conversation is not None
    assert healthy.conversation.second_user is not None
    turn = replace(healthy.conversation.second_user.turn, reply=Reply(401, "who?"))
    (finding,) = users_isolated(got(healthy, turn=turn))
    assert finding.severity == "inconclusive"


def test_without_sign_in_it_is_told(healthy: Run) -> None:
    (finding,) = users_isolated(replace(healthy, auth="none"))
    assert finding.severity == "info"


def test_unseen(dead: Run) -> None:
    assert len(list(users_isolated(dead))) == 1


@pytest.mark.parametrize("items", [Reply(404), Reply(100), Reply(None, error="ReadError")])
def test_a_thread_that_was_gone_before_tells_nothing(healthy: Run, items: Reply) -> None:
    assert healthy.conversation is not None
    assert healthy.conversation.restart is not None
    restart = replace(healthy.conversation.restart, items=items)
    seen = replace(healthy, conversation=replace(healthy.conversation, restart=restart))
    (finding,) = users_isolated(seen)
    assert finding.severity == "inconclusive"
