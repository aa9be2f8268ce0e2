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
        ids.append(answer.follow(ck.ThreadItemAddedEvent(item=message)).item.id)
        update = ck.AssistantMessageContentPartTextDelta(content_index=1, delta=text)
        event = answer.follow(ck.ThreadItemUpdatedEvent(item_id="theirs", update=update))
        assert event.item_id == ids[-1]
        assert answer.unfinished[ids[-1]].content[1].text == text.replace("\ud83d", "\ufffd")
        assert answer.follow(ck.ThreadItemDoneEvent(item=message)).item.id == ids[-1]
        assert answer.unfinished == {}
    assert len(set(ids)) == 2
