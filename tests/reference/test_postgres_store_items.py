"""What is added has an id of its own: nothing that is there is overwritten by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from chatkit.store import NotFoundError

from .conversations import a_thread, an_answer

pytestmark = pytest.mark.anyio


@pytest.fixture(params=[False, True], ids=["one machine", "distributed"])
async def kept(make_store: Callable[..., Any], alice: Any, request: Any) -> Any:
    """A store with a thread and an item in it, which also goes by the other statements."""
    store = make_store(distributed=request.param)
    await store.save_thread(a_thread(), alice)
    await store.add_thread_item("thr_1", an_answer("msg_1", "first"), alice)
    return store


async def texts(store: Any, context: Any) -> list[str]:
    page = await store.load_thread_items("thr_1", None, 10, "asc", context)
    return [item.content[0].text for item in page.data]


async def test_an_id_that_is_there_is_refused(kept: Any, delivered: Any, alice: Any) -> None:
    for changed in (an_answer("msg_1", "second"), an_answer("msg_1", "first", thread_id="x")):
        with pytest.raises(delivered.ItemExists, match="already"):
            await kept.add_thread_item("thr_1", changed, alice)
    assert await texts(kept, alice) == ["first"]


async def test_what_was_sent_twice_is_there_once(kept: Any, alice: Any) -> None:
    await kept.add_thread_item("thr_1", an_answer("msg_1", "first"), alice)
    await kept.add_thread_item("thr_1", an_answer("msg_2", "second"), alice)
    assert await texts(kept, alice) == ["first", "second"]


async def test_saving_replaces_in_its_place(kept: Any, alice: Any) -> None:
    await kept.add_thread_item("thr_1", an_answer("msg_2", "second"), alice)
    await kept.save_item("thr_1", an_answer("msg_1", "changed"), alice)
    assert await texts(kept, alice) == ["changed", "second"]


async def test_nobody_learns_of_ids_that_are_not_theirs(kept: Any, bob: Any) -> None:
    with pytest.raises(NotFoundError):
        await kept.add_thread_item("thr_1", an_answer("msg_1", "other"), bob)
    await kept.save_thread(a_thread(), bob)
    await kept.add_thread_item("thr_1", an_answer("msg_1", "his"), bob)
    assert await texts(kept, bob) == ["his"]
