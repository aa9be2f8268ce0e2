"""A stream behind a queue: what was said is saved while it pauses, and its errors are its own."""

from __future__ import annotations

import asyncio
import importlib
import os
from collections.abc import AsyncIterator

import pytest

TARGET = os.environ.get("CHATKIT_TARGET", "chatkit_agent.reference")
queue = importlib.import_module(f"{TARGET}.chatkit_runtime.event_queue")
SOON = 0.05


async def read_all(source: AsyncIterator[str], saves: list[int]) -> list[str]:
    found: list[str] = []

    async def save() -> None:
        saves.append(len(found))

    async for item in queue.EventQueue(source).paced(SOON, save):
        found.append(item)  # noqa: PERF401 - `save` looks at it
    return found


def test_what_was_said_is_saved_while_the_stream_pauses() -> None:
    async def source() -> AsyncIterator[str]:
        yield "a"
        yield "b"
        await asyncio.sleep(6 * SOON)
        yield "c"

    saves: list[int] = []
    assert asyncio.run(read_all(source(), saves)) == ["a", "b", "c"]
    assert saves == [2]


def test_a_stream_that_does_not_pause_is_saved_now_and_then() -> None:
    async def source() -> AsyncIterator[str]:
        for _ in range(12):
            yield "word"
            await asyncio.sleep(SOON / 4)

    saves: list[int] = []
    assert len(asyncio.run(read_all(source(), saves))) == 12
    assert 1 <= len(saves) <= 4


def test_a_time_out_of_the_stream_is_its_own() -> None:
    async def source() -> AsyncIterator[str]:
        yield "a"
        raise asyncio.TimeoutError("the model")

    with pytest.raises(asyncio.TimeoutError, match="the model"):
        asyncio.run(read_all(source(), []))
