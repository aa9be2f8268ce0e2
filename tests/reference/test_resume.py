"""An answer goes on without its reader where that is asked for: stopped and followed anywhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from .people import LONG, Person, eventually, text_of, words_of

RESUME = "X-ChatKit-Resume"
SHORT = " ".join(f"word{number}" for number in range(160))


@pytest.fixture
def workers(
    chat_process: Callable[..., Any], make_person: Callable[..., Person], offline_model: Any
) -> Any:
    """Two processes over one database, and people at either of them with a client that resumes."""
    offline_model.behave(seconds_per_word=0.05)
    urls = [chat_process().url for _ in range(2)]

    def at(worker: int, name: str = "alice") -> Person:
        one = make_person(urls[worker], name)
        one.http.headers[RESUME] = "1"
        return one

    return SimpleNamespace(at=at)


def left_alone(alice: Person, text: str = "Talk", words: int = 5) -> str:
    """The thread of an answer whose reader has left."""
    with alice.saying(text) as events:
        thread: str = words_of(events, words)["thread"]["id"]
    alice.http.close()
    return thread


def state(response: httpx.Response) -> str | None:
    return response.headers.get(RESUME)


def last_text(events: Iterator[dict[str, Any]]) -> tuple[list[dict[str, Any]], str]:
    told = list(events)
    items = [event["item"] for event in told if event["type"] == "thread.item.replaced"]
    return told, [text for text in map(text_of, items) if text][-1]


def test_an_answer_goes_on_and_is_followed_from_another_worker(
    workers: Any, offline_model: Any
) -> None:
    offline_model.script([SHORT])
    thread = left_alone(workers.at(0))
    for worker in (1, 0):
        alice = workers.at(worker)
        seen = alice.ask("threads.get_by_id", thread_id=thread)
        assert state(seen) == "answering"
    alice = workers.at(1)
    with alice.stream("threads.follow", thread_id=thread) as events:
        told, text = last_text(events)
    assert text == SHORT
    assert len([one for one in told if one["type"] == "thread.item.replaced"]) > 2
    assert told[-1]["type"] == "thread.updated"
    assert told[-1]["thread"]["title"] == "Talk"
    after = alice.ask("threads.get_by_id", thread_id=thread)
    assert state(after) == "idle"
    assert [text_of(item) for item in after.json()["items"]["data"]] == ["", SHORT]
    assert not offline_model.requests[0].hung_up


def marked(items: list[dict[str, Any]]) -> list[str]:
    return [text for text in map(text_of, items) if "[" in text or "\u2060" in text]


def test_only_what_has_ended_is_marked_as_cut(workers: Any, offline_model: Any) -> None:
    offline_model.script([LONG])
    thread = left_alone(workers.at(0))
    alice, tab = workers.at(1), workers.at(1)
    eventually(lambda: any(map(text_of, alice.items(thread))))
    with tab.stream("threads.follow", thread_id=thread) as events:
        shown = [
            next(one["item"] for one in events if one["type"] == "thread.item.replaced")
            for _ in range(3)
        ]
        for _ in range(3):
            read = alice.ask("threads.get_by_id", thread_id=thread).json()["items"]["data"]
            latest = alice.ask("items.list", thread_id=thread, order="desc", limit=1).json()
            shown += [*alice.items(thread), *read, *latest["data"]]
        assert len([text for text in map(text_of, shown) if text]) > 9
        assert not marked(shown)
        alice.ask("threads.stop", thread_id=thread)
        _, last = last_text(events)
    assert last.endswith(" […]")
    assert marked(alice.items(thread)) == [last]


def test_what_a_killed_server_leaves_is_marked_as_cut(
    workers: Any, chat_process: Callable[..., Any], make_person: Any, offline_model: Any
) -> None:
    offline_model.script([LONG, "Second."])
    chat = chat_process()
    alice = make_person(chat.url)
    alice.http.headers[RESUME] = "1"
    thread = left_alone(alice)
    alice = workers.at(0)
    eventually(lambda: any(map(text_of, alice.items(thread))))
    chat.process.kill()
    with workers.at(1).stream("threads.follow", thread_id=thread) as events:
        _, last = last_text(events)
    assert last.endswith(" […]")
    assert alice.say("And now", thread).text == "Second."
    assert "[…]" in offline_model.requests[-1].text
    assert [text.rstrip("\u2060") for text in marked(alice.items(thread))] == [
        last.rstrip("\u2060")
    ]


@pytest.mark.parametrize("worker", [0, 1])
def test_stop_reaches_an_answer_whoever_writes_it(
    workers: Any, offline_model: Any, worker: int
) -> None:
    offline_model.script([LONG, "Second."])
    thread = left_alone(workers.at(0))
    alice = workers.at(worker)
    stopped = alice.ask("threads.stop", thread_id=thread)
    assert stopped.json() == {"stopped": True}
    # What is said next waits until the stopped answer is stored.
    assert alice.say("And now", thread).text == "Second."
    assert offline_model.requests[0].hung_up
    kept = text_of(alice.items(thread)[1])
    assert kept.startswith("word0 word1 word2")
    assert len(kept) < len(LONG) / 2
    assert alice.ask("threads.stop", thread_id=thread).json() == {"stopped": False}


def test_stop_ends_the_streams_of_writer_and_follower(workers: Any, offline_model: Any) -> None:
    offline_model.script([LONG])
    alice, tab, other = workers.at(0), workers.at(1), workers.at(0)
    with alice.saying("Talk") as events:
        thread = words_of(events, 3)["thread"]["id"]
        with tab.stream("threads.follow", thread_id=thread) as followed:
            assert next(followed)["type"] == "stream_options"
            began = time.monotonic()
            assert other.ask("threads.stop", thread_id=thread).json() == {"stopped": True}
            rest, told = list(events), list(followed)
    assert time.monotonic() - began < 5
    assert not [one for one in [*rest, *told] if one["type"] == "error"]
    assert told[-1]["type"] == "thread.updated"


def test_leaving_stays_stop_for_a_client_that_does_not_ask(
    workers: Any, offline_model: Any
) -> None:
    offline_model.script([LONG])
    alice = workers.at(0)
    del alice.http.headers[RESUME]
    thread = left_alone(alice)
    eventually(lambda: offline_model.requests[0].hung_up, seconds=3)
    plain = workers.at(1)
    seen = eventually(
        lambda: (one := plain.ask("threads.get_by_id", thread_id=thread)) and state(one) == "idle"
    )
    assert seen
    del plain.http.headers[RESUME]
    assert state(plain.ask("threads.get_by_id", thread_id=thread)) is None


def test_following_nothing_ends_at_once_with_what_is_there(
    workers: Any, offline_model: Any
) -> None:
    offline_model.script(["Hello."])
    alice = workers.at(0)
    thread = alice.say("Hi").thread
    tab = workers.at(1)
    began = time.monotonic()
    with tab.stream("threads.follow", thread_id=thread) as events:
        told, text = last_text(events)
    assert time.monotonic() - began < 2
    assert text == "Hello."
    assert told[-1]["type"] == "thread.updated"


def test_other_people_neither_stop_nor_follow(workers: Any, offline_model: Any) -> None:
    offline_model.script([LONG])
    thread = left_alone(workers.at(0))
    bob = workers.at(0, "bob")
    for operation in ("threads.stop", "threads.follow", "threads.get_by_id"):
        refused = bob.ask(operation, thread_id=thread)
        assert refused.status_code == 404
        assert state(refused) == "idle"
    alice = workers.at(1)
    assert state(alice.ask("items.list", thread_id=thread)) == "answering"
    assert alice.ask("threads.stop", thread_id=thread).json() == {"stopped": True}


def test_a_followed_thread_that_is_deleted_is_said_to_be_gone(
    workers: Any, offline_model: Any
) -> None:
    offline_model.script([LONG])
    thread = left_alone(workers.at(0))
    alice = workers.at(1)
    with workers.at(1).stream("threads.follow", thread_id=thread) as events:
        next(events)
        assert alice.ask("threads.delete", thread_id=thread).status_code == 200
        last = list(events)[-1]
    assert (last["type"], last["allow_retry"]) == ("error", False)
    assert "no longer there" in last["message"]
    eventually(lambda: offline_model.requests[0].hung_up, seconds=3)


def test_a_server_that_ends_stops_what_goes_on_alone(
    workers: Any, chat_process: Callable[..., Any], make_person: Any, offline_model: Any
) -> None:
    offline_model.script([LONG])
    chat = chat_process()
    alice = make_person(chat.url)
    alice.http.headers[RESUME] = "1"
    thread = left_alone(alice)
    began = time.monotonic()
    chat.process.terminate()
    chat.process.wait(timeout=8)
    assert time.monotonic() - began < 6
    assert text_of(workers.at(0).items(thread)[1]).startswith("word0 word1")
