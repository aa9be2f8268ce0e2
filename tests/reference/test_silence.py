"""A wait that lasts too long is ended; being stopped, and a slow reader, are told from it."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from .conftest import TARGET

pytestmark = pytest.mark.anyio

endings: Any = importlib.import_module(f"{TARGET}.chatkit_runtime.endings")
Thoughts = importlib.import_module(f"{TARGET}.chatkit_runtime.thoughts").Thoughts


async def words(*pauses: float) -> AsyncIterator[Any]:
    for number, pause in enumerate(pauses):
        await asyncio.sleep(pause)
        yield SimpleNamespace(type="a word", number=number)


async def heard(seconds: float, *pauses: float, reading: float = 0) -> list[int]:
    found = []
    async for word in endings._in_time(words(*pauses), seconds, Thoughts(False)):
        found.append(word.number)
        await asyncio.sleep(reading)
    return found


async def test_a_model_that_is_silent_too_long_is_given_up() -> None:
    with pytest.raises(endings.AnswerEnded, match="timeout"):
        await heard(0.1, 0, 0, 5)


async def test_each_word_has_the_whole_time() -> None:
    assert await heard(0.3, *[0.1] * 6) == [*range(6)]


async def test_a_slow_reader_is_no_silent_model() -> None:
    assert await heard(0.1, 0, 0.02, 0, reading=0.25) == [0, 1, 2]


async def test_who_is_stopped_is_stopped() -> None:
    task = asyncio.create_task(heard(5, 0, 5))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.skipif(sys.version_info < (3, 11), reason="does not count who cancels a task")
async def test_who_is_stopped_at_the_same_moment_is_stopped() -> None:
    silence = importlib.import_module(f"{TARGET}.chatkit_runtime.silence").Silence(5)

    async def wait() -> bool:
        silence.begin()
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            return bool(silence.is_broken())
        return True

    for times, is_broken in ((1, True), (2, False)):
        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        silence._is_over = True
        for _ in range(times):
            task.cancel()
        assert await task is is_broken
    silence.close()


async def test_the_task_is_not_left_as_one_that_was_cancelled() -> None:
    with pytest.raises(endings.AnswerEnded):
        await heard(0.05, 5)
    task = asyncio.current_task()
    assert not getattr(task, "cancelling", int)()
    await asyncio.sleep(0)


async def test_no_timer_stays_behind() -> None:
    await heard(0.05, 0, 0)
    await asyncio.sleep(0.1)
