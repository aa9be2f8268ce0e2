"""After a restart the thread, its items and the model's memory are all asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chatkit_agent.checks.rules.storage.conversation_survives_restart import (
    conversation_survives_restart,
)
from chatkit_agent.evidence.run import Boot, Reply, Run


def found(evidence: Run, **seen: Any) -> Run:
    conversation = evidence.conversation
    assert conversation is not None
    assert conversation.restart is not None
    restart = replace(conversation.restart, **seen)
    return replace(evidence, conversation=replace(conversation, restart=restart))


def test_quiet(healthy: Run) -> None:
    assert not list(conversation_survives_restart(healthy))


def test_the_thread_is_gone(healthy: Run) -> None:
    (finding,) = conversation_survives_restart(found(healthy, thread=Reply(404, "no thread")))
    assert "404 no thread" in finding.evidence


def test_the_items_are_gone(healthy: Run) -> None:
    findings = list(conversation_survives_restart(found(healthy, items=Reply(200, '{"data": []}'))))
    assert ["question" in finding.evidence for finding in findings] == [True, False]


@pytest.mark.parametrize("body", ["<html>", "null", "[1]", '{"data": [{"content": null}]}'])
def test_items_of_another_shape(healthy: Run, body: str) -> None:
    assert list(conversation_survives_restart(found(healthy, items=Reply(200, body))))


def test_the_next_question_fails(healthy: Run) -> None:
    conversation = healthy.conversation
    assert conversation is not None
    assert conversation.restart is not None
    later = replace(conversation.restart.later, reply=Reply(409, "busy"))
    (finding,) = conversation_survives_restart(found(healthy, later=later))
    assert "409 busy" in finding.evidence


def test_the_model_no_longer_knows(healthy: Run) -> None:
    conversation = healthy.conversation
    assert conversation is not None
    assert conversation.restart is not None
    prompts = (conversation.alice.question, conversation.restart.later.question)
    forgetful = replace(healthy, conversation=replace(conversation, prompts=prompts))
    (finding,) = conversation_survives_restart(forgetful)
    assert "without what was said before" in finding.evidence


def test_it_did_not_boot_again(healthy: Run) -> None:
    (finding,) = conversation_survives_restart(found(healthy, boot=Boot(error="at all")))
    assert finding.severity == "inconclusive"


def test_unseen(healthy: Run, dead: Run) -> None:
    assert len(list(conversation_survives_restart(dead))) == 1
    assert healthy.conversation is not None
    no_thread = replace(healthy.conversation, restart=None)
    assert len(list(conversation_survives_restart(replace(healthy, conversation=no_thread)))) == 1
