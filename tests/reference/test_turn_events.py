"""What happens in a turn: whatever the pieces, the token is in none and in none of their sums."""

from __future__ import annotations

import importlib
from datetime import datetime, timezone
from types import ModuleType

from chatkit import types as ck
from hypothesis import given, settings
from hypothesis import strategies as st

TOKEN = "eyJhbGciOi.eyJzdWIi.c2ln"
NOW = datetime.now(timezone.utc)


def streamed(turn_events: ModuleType, pieces: list[str]) -> list[str]:
    """The pieces as clients get them."""
    answer = turn_events.Answer(lambda: "msg_ours", TOKEN, told=True)
    message = ck.AssistantMessageItem(id="theirs", thread_id="t", created_at=NOW, content=[])
    answer.follow(ck.ThreadItemAddedEvent(item=message))
    deltas = []
    for piece in pieces:
        update = ck.AssistantMessageContentPartTextDelta(content_index=0, delta=piece)
        event = answer.follow(ck.ThreadItemUpdatedEvent(item_id="theirs", update=update))
        deltas.append(event.update.delta)
    return deltas


def test_no_sum_of_pieces_is_the_token(services: ModuleType) -> None:
    turn_events = importlib.import_module(f"{services.__name__}.turn_events")

    @settings(deadline=None)
    @given(st.text("ey. x", max_size=9), st.text("ey. x", max_size=9), st.data())
    def check(before: str, after: str, data: st.DataObject) -> None:
        text = before + TOKEN + after
        cuts = sorted(data.draw(st.sets(st.integers(1, len(text) - 1))))
        pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
        said = "".join(streamed(turn_events, pieces))
        whole = f"{before}[hidden]{after}"
        # What might have become the token once more may be kept back at the end.
        assert whole.startswith(said)
        assert TOKEN.startswith(whole[len(said) :])

    check()


def test_a_thought_does_not_hold_it_either(services: ModuleType) -> None:
    turn_events = importlib.import_module(f"{services.__name__}.turn_events")
    answer = turn_events.Answer(lambda: "msg_ours", TOKEN, told=True)
    thought = ck.ThoughtTask(content=f"I have {TOKEN}.")
    update = ck.WorkflowTaskAdded(task=thought, task_index=0)
    event = answer.follow(ck.ThreadItemUpdatedEvent(item_id="wf", update=update))
    assert event.update.task.content == "I have [hidden]."
