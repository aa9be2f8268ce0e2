"""What waits in a queue goes out together, in its order, and nothing is lost at the end."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from openai.types.responses import (
    ResponseFunctionCallArgumentsDeltaEvent,
    ResponseTextDeltaEvent,
)
from openai.types.responses.response_text_delta_event import Logprob

from .conftest import TARGET

pytestmark = pytest.mark.anyio

EventQueue: Any = importlib.import_module(f"{TARGET}.chatkit_runtime.event_queue").EventQueue
text_deltas = importlib.import_module(f"{TARGET}.chatkit_runtime.text_deltas")
streaming = importlib.import_module(f"{TARGET}.chatkit_runtime.streaming")

SOON = 0.05


def text(piece: str, item: str = "a", part: int = 0) -> ResponseTextDeltaEvent:
    return ResponseTextDeltaEvent(
        type="response.output_text.delta",
        delta=piece,
        item_id=item,
        content_index=part,
        output_index=0,
        sequence_number=0,
        logprobs=[Logprob(token=piece, logprob=0)],
    )


def arguments(piece: str, item: str) -> ResponseFunctionCallArgumentsDeltaEvent:
    return ResponseFunctionCallArgumentsDeltaEvent(
        type="response.function_call_arguments.delta",
        delta=piece,
        item_id=item,
        output_index=0,
        sequence_number=0,
    )


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


async def stream_of(*events: Any, pause: float | None = None) -> AsyncIterator[Any]:
    for event in events:
        if pause is not None:
            await asyncio.sleep(pause)
        yield event


async def test_pieces_of_one_text_are_joined_and_of_others_are_not() -> None:
    events = [text("a"), text("b"), text("c", part=1), arguments("d", "b"), arguments("e", "b")]
    events += [text("f"), text("g", item="c")]
    found = [event async for event in text_deltas.joined(stream_of(*events))]
    assert [event.delta for event in found] == ["ab", "c", "de", "f", "g"]
    assert [each.token for each in found[0].logprobs] == ["a", "b"]


async def test_a_quiet_machine_shows_each_piece_when_it_comes() -> None:
    events = stream_of(text("a"), text("b"), pause=0.01)
    assert [event.delta async for event in text_deltas.joined(events)] == ["a", "b"]


async def test_whoever_stops_reading_stops_the_model() -> None:
    ended = asyncio.Event()

    async def model() -> AsyncIterator[Any]:
        try:
            yield text("a")
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.set()

    answer = text_deltas.joined(model())
    assert (await answer.__anext__()).delta == "a"
    await answer.aclose()
    assert ended.is_set()


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


async def test_the_first_word_of_a_burst_does_not_wait_for_the_rest() -> None:
    endings: Any = importlib.import_module(f"{TARGET}.chatkit_runtime.endings")

    async def burst() -> AsyncIterator[Any]:
        for piece in ("Once", " upon", " a", " time"):
            yield text(piece)

    ending = endings.Ending()
    ending.begin()
    told = text_deltas.joined(endings._follow(burst(), ending))
    assert [(await anext(told)).delta for _ in range(2)] == ["Once", " upon a time"]
    with pytest.raises(endings.AnswerEnded, match="broke_off"):
        await anext(told)
