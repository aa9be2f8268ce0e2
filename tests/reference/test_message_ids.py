"""What happens in a turn: messages get ids of ours, and what was said so far is known."""

from __future__ import annotations

import importlib
from datetime import datetime, timezone
from itertools import count
from types import ModuleType

from chatkit import types as ck

from .conftest import TARGET

NOW = datetime.now(timezone.utc)


def test_messages_of_one_id_become_several(services: ModuleType) -> None:
    message_ids = importlib.import_module(f"{TARGET}.chatkit_runtime.message_ids")
    numbers = count(1)
    answer = message_ids.Answer(lambda: f"msg_{next(numbers)}")
    message = ck.AssistantMessageItem(id="theirs", thread_id="t", created_at=NOW, content=[])
    ids = []
    for text in ("One \ud83d", "Two"):
        (added,) = answer.follow(ck.ThreadItemAddedEvent(item=message))
        ids.append(added.item.id)
        update = ck.AssistantMessageContentPartTextDelta(content_index=1, delta=text)
        (event,) = answer.follow(ck.ThreadItemUpdatedEvent(item_id="theirs", update=update))
        assert event.item_id == ids[-1]
        assert answer.unfinished[ids[-1]].content[1].text == text.replace("\ud83d", "\ufffd")
        said = message.model_copy(update={"content": [ck.AssistantMessageContent(text=text)]})
        (done,) = answer.follow(ck.ThreadItemDoneEvent(item=said))
        assert done.item.id == ids[-1]
        assert answer.unfinished == {}
    assert len(set(ids)) == 2
    removed = answer.follow(ck.ThreadItemRemovedEvent(item_id="theirs"))
    assert [event.item_id for event in removed] == ids
    assert not answer.knows("theirs")


def test_every_event_names_an_item_by_our_id(services: ModuleType) -> None:
    turn_events = importlib.import_module(f"{TARGET}.chatkit_runtime.message_ids")
    numbers = count(1)
    answer = turn_events.Answer(lambda: f"msg_{next(numbers)}")
    call = ck.ClientToolCallItem(
        id="fc_1", thread_id="t", created_at=NOW, call_id="call_1", name="open", arguments={}
    )
    (done,) = answer.follow(ck.ThreadItemDoneEvent(item=call))
    assert done.item.id == "msg_1"
    message = ck.AssistantMessageItem(id="theirs", thread_id="t", created_at=NOW, content=[])
    answer.follow(ck.ThreadItemAddedEvent(item=message))
    (replaced,) = answer.follow(ck.ThreadItemReplacedEvent(item=message))
    assert replaced.item.id == "msg_2"
    # What the application put there itself keeps its id.
    workflow = ck.WorkflowItem(
        id="wf_1", thread_id="t", created_at=NOW, workflow=ck.Workflow(type="custom", tasks=[])
    )
    (added,) = answer.follow(ck.ThreadItemAddedEvent(item=workflow))
    assert added.item.id == "wf_1"
    (removed,) = answer.follow(ck.ThreadItemRemovedEvent(item_id="wf_1"))
    assert removed.item_id == "wf_1"
