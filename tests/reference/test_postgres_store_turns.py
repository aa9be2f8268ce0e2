"""The lease: one turn at a time on a thread, for as long as the database's clock says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timezone
from types import ModuleType
from typing import Any

import pytest
from chatkit.store import NotFoundError
from chatkit.types import ThreadMetadata

pytestmark = pytest.mark.anyio


@pytest.fixture
async def thread(store: Any, alice: Any) -> str:
    await store.save_thread(ThreadMetadata(id="thr_1", created_at=datetime.now()), alice)
    return "thr_1"


async def test_one_of_many_gets_the_turn(
    make_store: Callable[..., Any], alice: Any, thread: str, delivered: ModuleType
) -> None:
    workers = [make_store() for _ in range(4)]
    outcomes = await asyncio.gather(
        *(worker.begin_turn(thread, alice, seconds=60) for worker in workers * 4),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, str) for outcome in outcomes) == 1
    refused = [outcome for outcome in outcomes if not isinstance(outcome, str)]
    assert {type(outcome) for outcome in refused} == {delivered.ThreadBusy}
    assert "Wait for it, or stop it" in str(refused[0])


async def test_the_next_turn_begins_right_after_the_last_ended(
    store: Any, alice: Any, thread: str
) -> None:
    for _ in range(20):
        turn = await store.begin_turn(thread, alice, seconds=60)
        await store.end_turn(thread, turn, alice)


async def test_a_turn_of_a_crashed_worker_expires(
    store: Any, alice: Any, thread: str, delivered: ModuleType
) -> None:
    lost = await store.begin_turn(thread, alice, seconds=0.4)
    with pytest.raises(delivered.ThreadBusy):
        await store.begin_turn(thread, alice, seconds=60)
    await asyncio.sleep(0.5)
    turn = await store.begin_turn(thread, alice, seconds=60)
    assert not await store.renew_turn(thread, lost, alice, seconds=60)
    await store.end_turn(thread, lost, alice)
    assert await store.renew_turn(thread, turn, alice, seconds=60)


async def test_a_renewed_turn_lasts(
    store: Any, alice: Any, thread: str, delivered: ModuleType
) -> None:
    turn = await store.begin_turn(thread, alice, seconds=0.4)
    assert await store.renew_turn(thread, turn, alice, seconds=60)
    await asyncio.sleep(0.5)
    with pytest.raises(delivered.ThreadBusy):
        await store.begin_turn(thread, alice, seconds=60)


async def test_an_expired_turn_that_nobody_took_may_be_renewed(
    store: Any, alice: Any, thread: str
) -> None:
    turn = await store.begin_turn(thread, alice, seconds=0)
    assert await store.renew_turn(thread, turn, alice, seconds=60)


async def test_turns_of_other_threads_and_users_are_free(
    store: Any, alice: Any, bob: Any, thread: str
) -> None:
    await store.begin_turn(thread, alice, seconds=60)
    await store.save_thread(ThreadMetadata(id="thr_2", created_at=datetime.now()), alice)
    await store.begin_turn("thr_2", alice, seconds=60)
    with pytest.raises(NotFoundError):
        await store.begin_turn(thread, bob, seconds=60)
    await store.save_thread(ThreadMetadata(id=thread, created_at=datetime.now()), bob)
    await store.begin_turn(thread, bob, seconds=60)


async def test_a_deleted_thread_ends_its_turn(store: Any, alice: Any, thread: str) -> None:
    turn = await store.begin_turn(thread, alice, seconds=60)
    await store.delete_thread(thread, alice)
    assert not await store.renew_turn(thread, turn, alice, seconds=60)
    await store.end_turn(thread, turn, alice)
    with pytest.raises(NotFoundError):
        await store.begin_turn(thread, alice, seconds=60)


async def test_saving_the_thread_leaves_its_turn_alone(
    store: Any, alice: Any, thread: str, delivered: ModuleType
) -> None:
    await store.begin_turn(thread, alice, seconds=60)
    created = datetime.now(timezone.utc)
    await store.save_thread(ThreadMetadata(id=thread, created_at=created, title="T"), alice)
    with pytest.raises(delivered.ThreadBusy):
        await store.begin_turn(thread, alice, seconds=60)


async def test_a_stopped_turn_holds_its_thread_until_it_ends(
    make_store: Callable[..., Any], alice: Any, thread: str, delivered: ModuleType
) -> None:
    writer, other = make_store(), make_store()
    turn = await writer.begin_turn(thread, alice, seconds=60)
    assert await other.running_turn(thread, alice) == turn
    assert await other.stop_turn(thread, alice)
    assert await other.running_turn(thread, alice) == ""
    assert not await writer.renew_turn(thread, turn, alice, seconds=60)
    with pytest.raises(delivered.ThreadBusy):
        await other.begin_turn(thread, alice, seconds=60)
    await writer.end_turn(thread, turn, alice)
    assert await other.running_turn(thread, alice) is None
    assert not await other.stop_turn(thread, alice)
    assert await other.begin_turn(thread, alice, seconds=60)


async def test_no_more_turns_of_a_user_begin_than_they_may_have(
    make_store: Callable[..., Any], alice: Any, bob: Any, delivered: ModuleType
) -> None:
    """On all machines: each takes its slot in the statement that begins the turn."""
    workers = [make_store() for _ in range(4)]
    names = [f"thr_{number}" for number in range(24)]
    for name in names:
        thread = ThreadMetadata(id=name, created_at=datetime.now(timezone.utc))
        await workers[0].save_thread(thread, alice)

    async def begin(number: int, name: str) -> str:
        store = workers[number % len(workers)]
        return str(await store.begin_turn(name, alice, seconds=60, most=5))

    for _ in range(5):
        outcomes = await asyncio.gather(
            *(begin(number, name) for number, name in enumerate(names)), return_exceptions=True
        )
        begun = [pair for pair in zip(names, outcomes, strict=True) if isinstance(pair[1], str)]
        assert len(begun) == 5
        refused = {type(each) for each in outcomes if not isinstance(each, str)}
        assert refused == {delivered.TooManyTurns}
        for name, turn in begun:
            await workers[0].end_turn(name, turn, alice)
    thread = ThreadMetadata(id="thr_0", created_at=datetime.now(timezone.utc))
    await workers[0].save_thread(thread, bob)
    assert await workers[0].begin_turn("thr_0", bob, seconds=60, most=1)


async def test_a_killed_process_leaves_no_slot_taken(store: Any, alice: Any) -> None:
    for name in ("thr_1", "thr_2"):
        thread = ThreadMetadata(id=name, created_at=datetime.now(timezone.utc))
        await store.save_thread(thread, alice)
    await store.begin_turn("thr_1", alice, seconds=0, most=1)
    turn = await store.begin_turn("thr_2", alice, seconds=60, most=1)
    await store.end_turn("thr_2", turn, alice)
