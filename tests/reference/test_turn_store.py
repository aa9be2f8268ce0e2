"""What was being stored when a turn was stopped is there once, and whole."""

from __future__ import annotations

import asyncio
import importlib
from typing import Any

import pytest

from .conftest import TARGET
from .conversations import a_thread, an_answer

pytestmark = pytest.mark.anyio


def turn_store(store: Any) -> Any:
    return importlib.import_module(f"{TARGET}.chatkit_runtime.turn_store").TurnStore(store)


@pytest.mark.parametrize("is_there", [True, False])
@pytest.mark.parametrize("has_checkpoint", [True, False])
async def test_what_was_cut_off_while_it_was_stored(
    store: Any, alice: Any, is_there: bool, has_checkpoint: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.save_thread(a_thread(), alice)
    mine, whole = turn_store(store), an_answer("msg_1", "All of it.")
    partial = an_answer("msg_1", "All […]")
    if has_checkpoint:
        await mine.save_item("thr_1", partial, alice)
    name = "save_item" if has_checkpoint else "add_thread_item"
    usual = getattr(store, name)

    async def cut_off(*given: Any) -> None:
        if is_there:
            await usual(*given)
        raise asyncio.CancelledError

    with monkeypatch.context() as patch:
        patch.setattr(store, name, cut_off)
        with pytest.raises(asyncio.CancelledError):
            await mine.add_thread_item("thr_1", whole, alice)
    await mine.add_thread_item("thr_1", partial, alice)
    page = await store.load_thread_items("thr_1", None, 10, "asc", alice)
    assert [item.content[0].text for item in page.data] == ["All of it."]


async def test_what_others_made_is_refused_each_time(store: Any, alice: Any) -> None:
    await store.save_thread(a_thread(), alice)
    await store.add_thread_item("thr_1", an_answer("msg_1", "Theirs."), alice)
    mine = turn_store(store)
    refused = importlib.import_module(f"{TARGET}.chatkit_store").ItemExists
    for _ in range(2):
        with pytest.raises(refused):
            await mine.add_thread_item("thr_1", an_answer("msg_1", "Mine."), alice)


async def test_the_latest_items_are_read_once_until_one_is_written(
    store: Any, alice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.save_thread(a_thread(), alice)
    for number in range(4):
        await store.add_thread_item("thr_1", an_answer(f"msg_{number}", "Said."), alice)
    mine, read, usual = turn_store(store), list[int](), store.load_thread_items

    async def counted(*given: Any) -> Any:
        read.append(given[2])
        return await usual(*given)

    async def latest(limit: int) -> list[str]:
        page = await mine.load_thread_items("thr_1", None, limit, "desc", alice)
        whole = await usual("thr_1", None, limit, "desc", alice)
        assert (page.data, page.has_more) == (whole.data, whole.has_more)
        after = await usual("thr_1", page.after, limit, "desc", alice)
        assert after == await usual("thr_1", whole.after, limit, "desc", alice)
        return [item.id for item in page.data]

    monkeypatch.setattr(store, "load_thread_items", counted)
    assert await latest(3) == ["msg_3", "msg_2", "msg_1"]
    assert await latest(2) == ["msg_3", "msg_2"]
    assert read == [3]
    await mine.save_item("thr_1", an_answer("msg_4", "Begun."), alice)
    assert await latest(2) == ["msg_4", "msg_3"]
    await mine.add_thread_item("thr_1", an_answer("msg_5", "Said."), alice)
    assert await latest(2) == ["msg_5", "msg_4"]
    await mine.delete_thread_item("thr_1", "msg_5", alice)
    assert await latest(1) == ["msg_4"]
    assert read == [3, 2, 2, 1]
    for other in (("thr_1", "msg_4", 1, "desc"), ("thr_1", None, 1, "asc")):
        page = await mine.load_thread_items(*other, alice)
        assert page == await usual(*other, alice)
