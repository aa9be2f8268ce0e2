"""What waits in a queue goes out together, in its order, and nothing is lost at the end."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from chatkit import types as ck

from .conftest import TARGET

pytestmark = pytest.mark.anyio

EventQueue: Any = importlib.import_module(f"{TARGET}.chatkit_runtime.event_queue").EventQueue
text_deltas = importlib.import_module(f"{TARGET}.chatkit_runtime.text_deltas")
streaming = importlib.import_module(f"{TARGET}.chatkit_runtime.streaming")

SOON = 0.05


async def nothing() -> None:
    pass


def delta(text: str, item: str = "a", part: int = 0) -> ck.ThreadItemUpdatedEvent:
    kind = ck.AssistantMessageContentPartTextDelta
    return ck.ThreadItemUpdatedEvent(item_id=item, update=kind(content_index=part, delta=text))


def queue_of(*items: Any, fails: bool = False, pause: float = 0) -> Any:
    async def source() -> AsyncIterator[Any]:
        for item in items:
            await asyncio.sleep(pause)
            yield item
        if fails:
            raise ValueError("broke off")

    return EventQueue(source())


async def test_what_waits_is_read_together_up_to_what_does_not_fit() -> None:
    queue = queue_of(1, 2, 3, 10, 4)
    await queue.task
    assert await queue.read() == 1
    assert list(queue.waiting(lambda item: item < 10)) == [2, 3]
    assert list(queue.waiting()) == [10, 4]
    assert list(queue.waiting()) == []
    assert await queue.read() is None


async def test_a_failure_comes_after_what_was_before_it() -> None:
    queue = queue_of(1, 2, fails=True)
    await asyncio.wait([queue.task])
    assert [await queue.read(), *queue.waiting()] == [1, 2]
    with pytest.raises(ValueError, match="broke off"):
        await queue.read()


async def test_a_reader_waits_for_what_comes_and_no_longer_than_it_said() -> None:
    queue = queue_of(1, pause=0.2)
    with pytest.raises(asyncio.TimeoutError):
        await queue.read(silence=0.01)
    assert await queue.read(silence=5) == 1


async def test_pieces_of_one_text_are_joined_and_of_others_are_not() -> None:
    done = ck.ProgressUpdateEvent(text="x")
    events = [delta("a"), delta("b"), delta("c", part=1), done, delta("d"), delta("e", item="b")]
    queue = queue_of(*events)
    await queue.task
    found = [event async for event in text_deltas.joined(queue, queue.paced(9, nothing))]
    texts = [event.update.delta for event in found if event is not done]
    assert (texts, found[2]) == (["ab", "c", "d", "e"], done)


async def test_a_quiet_machine_shows_each_piece_when_it_comes() -> None:
    queue = queue_of(delta("a"), delta("b"), pause=0.01)
    assert [
        event.update.delta async for event in text_deltas.joined(queue, queue.paced(9, nothing))
    ] == ["a", "b"]


async def test_events_that_wait_are_sent_at_once() -> None:
    queue = queue_of(b"data: 1\n\n", b"data: 2\n\n", b"data: 3\n\n")
    await queue.task
    sent = [piece async for piece in streaming._events(await queue.read(), queue, None)]
    assert sent == [b"data: 1\n\ndata: 2\n\ndata: 3\n\n"]


async def read_all(source: AsyncIterator[str], saves: list[int]) -> list[str]:
    found: list[str] = []

    async def save() -> None:
        saves.append(len(found))

    async for item in EventQueue(source).paced(SOON, save):
        found.append(item)  # noqa: PERF401 - `save` looks at it
    return found


async def test_what_was_said_is_saved_while_the_stream_pauses() -> None:
    async def source() -> AsyncIterator[str]:
        yield "a"
        yield "b"
        await asyncio.sleep(6 * SOON)
        yield "c"

    saves: list[int] = []
    assert await read_all(source(), saves) == ["a", "b", "c"]
    assert saves == [2]


async def test_a_stream_that_does_not_pause_is_saved_now_and_then() -> None:
    async def source() -> AsyncIterator[str]:
        for _ in range(12):
            yield "word"
            await asyncio.sleep(SOON / 4)

    saves: list[int] = []
    assert len(await read_all(source(), saves)) == 12
    assert 1 <= len(saves) <= 4


async def test_a_time_out_of_the_stream_is_its_own() -> None:
    async def source() -> AsyncIterator[str]:
        yield "a"
        raise asyncio.TimeoutError("the model")

    with pytest.raises(asyncio.TimeoutError, match="the model"):
        await read_all(source(), [])
