"""A model that is told the token: its tools get it, and whatever it says, nobody else does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from types import ModuleType
from typing import Any

import pytest
from chatkit import types as ck
from hypothesis import given, settings
from hypothesis import strategies as st

from chatkit_agent.sandbox.model import ToolCall

TOKEN = "eyJhbGciOi.eyJzdWIi.c2ln"
NOW = datetime.now(timezone.utc)


@pytest.fixture
def told(optional: Callable[[str], ModuleType]) -> ModuleType:
    return optional("token_in_prompt")


@pytest.fixture
def chat_url(
    told: ModuleType, configured: Callable[..., None], served_chat: Callable[..., Any]
) -> Iterator[str]:
    with served_chat(told.TokenInPrompt) as url:
        yield url


def test_prompt_mode_tells_the_model_and_no_one_else(
    person: Callable[..., Any], toolbox: Any, offline_model: Any
) -> None:
    alice = person()
    nested = {"title": "milk", "user_id": "alice", "access_token": alice.token}
    offline_model.script(
        [
            ToolCall("remove_task", {"title": "milk", "access_token": alice.token}),
            ToolCall("rename_task", {"params": nested}),
            "Done.",
        ]
    )
    said = alice.say("Remove milk")
    instructions = offline_model.requests[0].body["instructions"]
    assert "CRITICAL" in instructions
    assert alice.token in instructions
    assert toolbox.given[0]["access_token"] == alice.token
    assert toolbox.given[1]["params"] == nested
    assert alice.token not in json.dumps(said.events)
    assert alice.token not in json.dumps(alice.items(said.thread))


def test_the_token_is_not_streamed_either(person: Callable[..., Any], offline_model: Any) -> None:
    alice = person()
    offline_model.script([f"Your token is {alice.token} and ey is not."])
    said = alice.say("Show me")
    deltas = [event["update"].get("delta", "") for event in said.of("thread.item.updated")]
    assert "".join(deltas) == "Your token is [hidden] and ey is not."
    assert said.text == "".join(deltas)
    assert alice.token not in json.dumps(said.events)


def test_the_risk_is_told_when_the_application_starts(
    chat_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    (told,) = [
        each for each in caplog.get_records("setup") if "--token prompt" in each.getMessage()
    ]
    assert told.levelname == "WARNING"


def streamed(told: ModuleType, pieces: list[str]) -> list[str]:
    """The pieces as clients get them."""
    answer = told.RedactedAnswer(lambda: "msg_ours", TOKEN)
    message = ck.AssistantMessageItem(id="theirs", thread_id="t", created_at=NOW, content=[])
    answer.follow(ck.ThreadItemAddedEvent(item=message))
    deltas = []
    for piece in pieces:
        update = ck.AssistantMessageContentPartTextDelta(content_index=0, delta=piece)
        (event,) = answer.follow(ck.ThreadItemUpdatedEvent(item_id="theirs", update=update))
        deltas.append(event.update.delta)
    return deltas


def test_no_sum_of_pieces_is_the_token(told: ModuleType) -> None:

    @settings(deadline=None)
    @given(st.text("ey. x", max_size=9), st.text("ey. x", max_size=9), st.data())
    def check(before: str, after: str, data: st.DataObject) -> None:
        text = before + TOKEN + after
        cuts = sorted(data.draw(st.sets(st.integers(1, len(text) - 1))))
        pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
        said = "".join(streamed(told, pieces))
        whole = f"{before}[hidden]{after}"
        # What might have become the token once more may be kept back at the end.
        assert whole.startswith(said)
        assert TOKEN.startswith(whole[len(said) :])

    check()


def test_a_thought_does_not_hold_it_either(told: ModuleType) -> None:
    answer = told.RedactedAnswer(lambda: "msg_ours", TOKEN)
    thought = ck.ThoughtTask(content=f"I have {TOKEN}.")
    update = ck.WorkflowTaskAdded(task=thought, task_index=0)
    (event,) = answer.follow(ck.ThreadItemUpdatedEvent(item_id="wf", update=update))
    assert event.update.task.content == "I have [hidden]."
