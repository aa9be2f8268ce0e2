"""A turn that fails: people are told why, and keep what was said."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import asyncpg
import pytest

from .people import LONG


def test_a_run_whose_events_cannot_be_followed_does_not_go_on(
    person: Callable[..., Any],
    offline_model: Any,
    delivered: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    load = delivered.PostgresStore.load_thread_items

    async def failing(store: Any, thread: str, after: Any, limit: int, *more: Any) -> Any:
        if limit == 2:  # what the SDK looks at before it follows a run
            raise delivered.StoreUnavailable
        return await load(store, thread, after, limit, *more)

    monkeypatch.setattr(delivered.PostgresStore, "load_thread_items", failing)
    offline_model.behave(first_token_delay=600)
    assert person().say("Hello").of("error")
    time.sleep(1)
    assert all(request.hung_up for request in offline_model.requests)


@pytest.mark.parametrize(
    ("status", "says"),
    [(401, "OPENAI_API_KEY"), (429, "limit"), (500, "had an error"), (404, "model")],
)
def test_a_failing_provider_is_explained_and_not_stored(
    person: Callable[..., Any], offline_model: Any, status: int, says: str
) -> None:
    alice = person()
    offline_model.behave(status)
    said = alice.say("Hello")
    (error,) = said.of("error")
    assert says in error["message"]
    assert [item["type"] for item in alice.items(said.thread)] == ["user_message"]
    offline_model.behave()
    assert "Hello" in alice.say("Hello", said.thread).text


def test_a_model_that_breaks_off_keeps_what_it_said(
    person: Callable[..., Any], offline_model: Any
) -> None:
    offline_model.behave(break_after=5, seconds_per_word=0.05)
    offline_model.script([LONG])
    alice = person()
    said = alice.say("Talk")
    (error,) = said.of("error")
    assert error["allow_retry"] is True
    assert "connection to the model" in error["message"]
    assert alice.items(said.thread)[1]["content"][0]["text"].startswith("word0 word1")


DROP_ANSWERS = """
    create function app_chat.skip() returns trigger language plpgsql as
        $$ begin return null; end $$;
    create trigger skip before insert on app_chat.items for each row
        when (new.payload->>'type' = 'assistant_message') execute function app_chat.skip()"""


def test_an_answer_that_has_no_place_any_more_is_said_to_have_none(
    person: Callable[..., Any], offline_model: Any, database_url: str
) -> None:
    alice = person()
    thread = alice.say("Hello").thread

    async def drop() -> None:
        connection = await asyncpg.connect(database_url)
        await connection.execute(DROP_ANSWERS)
        await connection.close()

    asyncio.run(drop())
    (error,) = alice.say("Again", thread).of("error")
    assert "could not be saved" in error["message"]
