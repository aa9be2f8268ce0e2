"""A message that is answered anew, or whose person hangs up: nothing that was there is lost."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
import pytest

from chatkit_agent.sandbox.model import ToolCall

from .conftest import TARGET
from .people import LONG, Person, eventually, text_of, words_of


def texts(alice: Person, thread: str) -> list[str]:
    return [
        text_of(item) or item["content"][0]["text"] if "content" in item else item["type"]
        for item in alice.items(thread)
    ]


def again(alice: Person, thread: str, at: int = 0) -> list[dict[str, Any]]:
    item_id = alice.items(thread)[at]["id"]
    with alice.stream("threads.retry_after_item", thread_id=thread, item_id=item_id) as events:
        return list(events)


@pytest.fixture
def talked(person: Callable[..., Person], offline_model: Any) -> tuple[Person, str]:
    offline_model.script(["One.", "Two.", "Three."])
    alice = person()
    thread = alice.say("First").thread
    alice.say("Second", thread)
    alice.say("Third", thread)
    return alice, thread


BEFORE = ["First", "One.", "Second", "Two.", "Third", "Three."]


@pytest.mark.parametrize("at", [0, 2, 4])
@pytest.mark.parametrize("trouble", [{"status": 500}, {"status": 429}, {"break_after": 0}])
def test_a_retry_that_fails_takes_nothing_away(
    talked: tuple[Person, str], offline_model: Any, at: int, trouble: dict[str, int]
) -> None:
    alice, thread = talked
    offline_model.behave(**trouble)
    assert [event for event in again(alice, thread, at) if event["type"] == "error"]
    assert texts(alice, thread) == BEFORE
    offline_model.behave()
    offline_model.script(["Anew."])
    assert not [event for event in again(alice, thread, at) if event["type"] == "error"]
    assert texts(alice, thread) == [*BEFORE[: at + 1], "Anew."]
    asked = [item["content"] for item in offline_model.requests[-1].body["input"]]
    assert len(asked) == at + 1
    assert "Three." not in str(asked)


@pytest.mark.parametrize("at", [0, 4])
def test_a_retry_that_breaks_off_leaves_nothing_and_shows_again_what_is_kept(
    talked: tuple[Person, str], offline_model: Any, at: int
) -> None:
    alice, thread = talked
    kept = [item["id"] for item in alice.items(thread)]
    offline_model.behave(break_after=3)
    events = again(alice, thread, at)
    assert texts(alice, thread) == BEFORE
    begun = {e["item"]["id"] for e in events if e["type"] == "thread.item.added"}
    assert begun
    assert begun <= {e["item_id"] for e in events if e["type"] == "thread.item.removed"}
    shown = [e["item"]["id"] for e in events if e["type"] == "thread.item.done"]
    assert [each for each in shown if each not in begun] == kept[at + 1 :]
    assert events[-1]["type"] == "error"


def test_a_retry_whose_tab_is_closed_takes_nothing_away(
    talked: tuple[Person, str], person: Callable[..., Person], offline_model: Any
) -> None:
    alice, thread = talked
    offline_model.behave(seconds_per_word=0.05)
    offline_model.script([LONG])
    item_id = alice.items(thread)[0]["id"]
    with alice.stream("threads.retry_after_item", thread_id=thread, item_id=item_id) as events:
        words_of(events, 5)
    alice.http.close()
    eventually(lambda: offline_model.requests[-1].hung_up)
    later = person()
    eventually(lambda: later.say("More", thread).text)  # the turn before has ended
    assert texts(later, thread)[: len(BEFORE)] == BEFORE
    assert len(texts(later, thread)) == len(BEFORE) + 2


def test_a_server_that_is_killed_in_a_retry_takes_nothing_away(
    chat_process: Callable[..., Any], make_person: Any, offline_model: Any
) -> None:
    offline_model.script(["One.", LONG])
    chat = chat_process()
    alice = make_person(chat.url)
    alice.http.headers["X-ChatKit-Resume"] = "1"
    thread = alice.say("First").thread
    offline_model.behave(seconds_per_word=0.05)
    item_id = alice.items(thread)[0]["id"]
    with (
        suppress(httpx.HTTPError),
        alice.stream("threads.retry_after_item", thread_id=thread, item_id=item_id) as events,
    ):
        words_of(events, 35)
        chat.process.kill()
    assert texts(make_person(chat_process().url), thread) == ["First", "One."]


def test_steps_of_the_old_answer_are_not_gone_on_with(
    person: Callable[..., Person], toolbox: Any, offline_model: Any
) -> None:
    call = ToolCall("add_task", {"title": "milk"})
    alice = person()
    offline_model.script([call, call, "Done."])
    said = alice.say("Add milk")
    old = next(e["item"]["id"] for e in said.of("thread.item.added") if "workflow" in e["item"])
    offline_model.script([call, "Again."])
    events = again(alice, said.thread)
    new = [e["item"]["id"] for e in events if e["type"] == "thread.item.added"]
    assert old not in new
    kinds = [item["type"] for item in alice.items(said.thread)]
    assert kinds == ["user_message", "workflow", "assistant_message"]
    assert len([e for e in offline_model.requests[-1].body["input"] if "arguments" in e]) == 3


def test_whoever_hangs_up_at_once_keeps_the_message(
    person: Callable[..., Person], offline_model: Any
) -> None:
    alice = person()
    threads = []
    for number in range(40):
        with alice.saying(f"Message {number}") as events:
            threads.append(next(events)["thread"]["id"])
    for number, thread in enumerate(threads):
        assert texts(alice, thread)[0] == f"Message {number}"


@pytest.mark.anyio
async def test_a_turn_that_is_stopped_before_its_first_event_gets_to_it() -> None:
    event_queue = importlib.import_module(f"{TARGET}.chatkit_runtime.event_queue")
    stored: list[str] = []

    async def events() -> Any:
        await asyncio.sleep(0.05)
        stored.append("message")
        yield b"created"
        await asyncio.sleep(0)
        stored.append("answer")

    turn = event_queue.EventQueue(events())
    await asyncio.sleep(0)
    turn.stop()
    await asyncio.wait([turn.task])
    assert stored == ["message"]
    assert turn.task.cancelled()


def test_an_answer_that_ends_like_a_cut_one_takes_the_place_too(
    person: Callable[..., Person], offline_model: Any
) -> None:
    offline_model.script(["One.", "It reads: to be or not […]"])
    alice = person()
    thread = alice.say("First").thread
    again(alice, thread)
    assert texts(alice, thread) == ["First", "It reads: to be or not […]"]


@pytest.fixture
def slow_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time between the last item of an answer and the end of its stream."""
    kind = importlib.import_module(f"{TARGET}.chatkit_runtime.turn").TurnServer
    usual = kind.respond

    async def respond(self: Any, *given: Any) -> Any:
        async for event in usual(self, *given):
            yield event
        await asyncio.sleep(5)

    monkeypatch.setattr(kind, "respond", respond)


@pytest.mark.usefixtures("slow_end")
def test_a_retry_that_is_left_once_its_answer_was_shown_stands(
    person: Callable[..., Person], offline_model: Any
) -> None:
    offline_model.script(["One.", "Anew […]"])
    alice = person()
    thread = alice.say("First").thread
    item_id = alice.items(thread)[0]["id"]
    with alice.stream("threads.retry_after_item", thread_id=thread, item_id=item_id) as events:
        done = next(e for e in events if e["type"] == "thread.item.done")
    alice.http.close()
    later = person()
    eventually(lambda: texts(later, thread) == ["First", "Anew […]"])
    assert later.items(thread)[-1]["id"] == done["item"]["id"]
