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
