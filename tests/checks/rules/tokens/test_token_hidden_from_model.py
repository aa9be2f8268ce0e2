"""The token is looked for wherever it must not be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chatkit_agent.checks.rules.tokens.token_hidden_from_model import token_hidden_from_model
from chatkit_agent.evidence.run import Run


def holding(evidence: Run, **kept: Any) -> Run:
    assert evidence.conversation is not None
    return replace(evidence, conversation=replace(evidence.conversation, **kept))


def test_quiet(healthy: Run) -> None:
    assert not list(token_hidden_from_model(healthy))


@pytest.mark.parametrize("token", ["token-of-alice", "token-of-bob"])
def test_in_a_prompt(healthy: Run, token: str) -> None:
    seen = holding(healthy, prompts=("hello", f"use {token}"))
    (finding,) = token_hidden_from_model(seen)
    assert finding.where == "request 2 of 2 to the model"
    assert token not in finding.evidence


def test_in_a_prompt_by_choice(healthy: Run) -> None:
    chosen = replace(holding(healthy, prompts=("use token-of-alice",)), token="prompt")
    (finding,) = token_hidden_from_model(chosen)
    assert finding.severity == "warning"


def test_in_the_database(healthy: Run) -> None:
    (finding,) = token_hidden_from_model(holding(healthy, stored="(1,token-of-bob)"))
    assert finding.where == "the chat's tables"


def test_in_the_log(healthy: Run) -> None:
    (finding,) = token_hidden_from_model(replace(healthy, log="DEBUG Bearer token-of-alice"))
    assert finding.where == "the application's log"


def test_what_the_application_asks_for_in_the_address_is_a_warning(healthy: Run) -> None:
    asked = replace(healthy, log='"POST /chatkit?key=token-of-alice HTTP/1.1" 200')
    assert [each.severity for each in token_hidden_from_model(asked)] == ["error"]
    carried = replace(asked, carried="the query `key`")
    assert [each.severity for each in token_hidden_from_model(carried)] == ["warning"]
    elsewhere = replace(carried, log=f"{carried.log}\nDEBUG token-of-alice")
    assert [each.severity for each in token_hidden_from_model(elsewhere)] == ["error"]


def test_a_model_that_was_never_asked_proves_nothing(healthy: Run) -> None:
    (finding,) = token_hidden_from_model(holding(healthy, prompts=()))
    assert finding.severity == "inconclusive"


def test_what_a_live_model_was_asked_is_not_seen(healthy: Run) -> None:
    live = replace(holding(healthy, prompts=()), is_live=True)
    assert not list(token_hidden_from_model(live))


def test_the_models_key_in_the_log(healthy: Run) -> None:
    (finding,) = token_hidden_from_model(replace(healthy, log="key sk-random"))
    assert "key was logged" in finding.what


def test_unseen(dead: Run) -> None:
    assert len(list(token_hidden_from_model(dead))) == 1
