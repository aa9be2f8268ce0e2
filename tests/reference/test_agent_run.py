"""What may pass is tried again: the person sees for how long the provider asks to wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from typing import Any

import pytest
from openai import AsyncOpenAI

from .people import Person, Said, eventually
from .providers import chat_says, provider, says
from .test_resume import RESUME

ERROR = {"error": {"message": "Slow down.", "code": "rate_limit_exceeded"}}
SAID = {"responses": says("Hello."), "chat_completions": chat_says("Hello.")}


def busy(**headers: str) -> tuple[int, Any, dict[str, str]]:
    return 429, ERROR, {name.replace("_", "-"): value for name, value in headers.items()}


@pytest.fixture
def asked(configured: Callable[..., None], person: Callable[..., Person]) -> Iterator[Any]:
    """Makes a provider that refuses at first, and a person at its chat."""
    made = []

    def make(*script: Any, api: str = "responses") -> tuple[Person, Any]:
        made.append(provider(*script, SAID[api]))
        one = made[-1].__enter__()
        configured(OPENAI_BASE_URL=one.url, MODEL_API=api)
        return person(), one

    yield make
    for each in made:
        each.__exit__(None, None, None)


def waits(events: list[dict[str, Any]]) -> list[str]:
    told = [one["text"] for one in events if one["type"] == "progress_update"]
    return [text for text in told if "wait" in text]


@pytest.mark.parametrize(
    ("api", "is_plain"), [("responses", False), ("chat_completions", False), ("responses", True)]
)
def test_a_wait_is_shown_as_it_begins_and_the_answer_comes_after_it(
    asked: Any, monkeypatch: pytest.MonkeyPatch, services: Any, api: str, is_plain: bool
) -> None:
    if is_plain:  # people may have a client of their own, which by default tries again unseen
        monkeypatch.setattr(services, "make_client", lambda _: AsyncOpenAI())
    alice, model = asked(busy(retry_after="2"), api=api)
    began = time.monotonic()
    with alice.saying("Hello") as events:
        told = next(event for event in events if waits([event]))
        shown = time.monotonic() - began
        rest = list(events)
    assert "wait 2 s" in told["text"]
    assert shown < 1.5
    assert 2 <= time.monotonic() - began < 6
    texts = [one["text"] for one in rest if one["type"] == "progress_update"]
    assert texts[0] == "Thinking"
    assert Said(rest, "t").text == "Hello."
    assert len(model.bodies) == 2


@pytest.mark.parametrize("is_date", [False, True])
def test_a_wait_may_be_told_in_other_ways(asked: Any, is_date: bool) -> None:
    date = {"retry_after": formatdate(time.time() + 6, usegmt=True)}
    alice, model = asked(busy(**(date if is_date else {"retry_after_ms": "1500"})))
    said = alice.say("Hello")
    assert waits(said.events)
    assert said.text == "Hello."
    assert len(model.bodies) == 2


def test_a_long_wait_is_counted_down(asked: Any) -> None:
    alice, _ = asked(busy(retry_after="7"))
    assert [text[-3:] for text in waits(alice.say("Hello").events)] == ["7 s", "2 s"]


@pytest.mark.parametrize(
    ("seconds", "told"), [("61", "2 min"), ("3600", "60 min"), ("1e300", "a day or longer")]
)
def test_what_is_too_long_to_wait_for_is_told_at_once(asked: Any, seconds: str, told: str) -> None:
    alice, model = asked(busy(retry_after=seconds))
    began = time.monotonic()
    said = alice.say("Hello")
    assert time.monotonic() - began < 5
    assert len(model.bodies) == 1
    (error,) = said.of("error")
    assert "limit of requests" in error["message"]
    assert not waits(said.events)
    assert f"wait {told} before" in said.of("notice")[0]["message"]


@pytest.mark.parametrize("headers", [{}, {"retry_after": "soon"}, {"retry_after": "-5"}])
def test_without_a_wish_it_is_tried_again_soon(asked: Any, headers: dict[str, str]) -> None:
    alice, model = asked(busy(**headers), (503, ERROR))
    said = alice.say("Hello")
    assert said.text == "Hello."
    assert not waits(said.events)
    assert len(model.bodies) == 3


def test_it_is_tried_twice_and_not_more(asked: Any) -> None:
    alice, model = asked(*[busy(retry_after_ms="200")] * 9)
    (error,) = alice.say("Hello").of("error")
    assert "limit of requests" in error["message"]
    assert len(model.bodies) == 3


def test_what_the_provider_rules_out_is_not_tried_again(asked: Any) -> None:
    alice, model = asked(busy(retry_after="1", x_should_retry="false"))
    assert alice.say("Hello").of("error")
    assert len(model.bodies) == 1


def test_leaving_ends_a_wait(asked: Any) -> None:
    alice, model = asked(busy(retry_after="30"))
    with alice.saying("Hello") as events:
        thread = next(events)["thread"]["id"]
        next(event for event in events if waits([event]))
    began = time.monotonic()
    eventually(lambda: alice.ask("threads.add_user_message", **_again(thread)).status_code == 200)
    assert time.monotonic() - began < 5
    assert len(model.bodies) == 2
    assert len(alice.items(thread)) == 3


def test_stop_ends_a_wait_of_an_answer_that_goes_on_alone(asked: Any) -> None:
    alice, model = asked(busy(retry_after="30"))
    alice.http.headers[RESUME] = "1"
    with alice.saying("Hello") as events:
        thread = next(events)["thread"]["id"]
        next(event for event in events if waits([event]))
        began = time.monotonic()
        assert alice.ask("threads.stop", thread_id=thread).json() == {"stopped": True}
        assert not [one for one in events if one["type"] == "error"]
    assert time.monotonic() - began < 5
    assert len(model.bodies) == 1
    assert len(alice.items(thread)) == 1


def _again(thread: str) -> dict[str, Any]:
    content = [{"type": "input_text", "text": "And now?"}]
    given = {"content": content, "attachments": [], "inference_options": {}}
    return {"thread_id": thread, "input": given}
