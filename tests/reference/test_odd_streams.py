"""Streams that no specification has: what they say is the answer, once, and nobody waits on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from . import providers as p
from .people import Said, text_of
from .toolbox import Toolbox

AT = {"item_id": "msg_1", "output_index": 0}
ANSWER = p.says("All of it")


def changed(frames: list[str], old: str, new: str) -> list[str]:
    return [each.replace(old, new) for each in frames]


def at_index(index: int) -> list[str]:
    return changed(ANSWER, '"content_index": 0', f'"content_index": {index}')


@pytest.fixture
def hear(
    person: Callable[..., Any], configured: Callable[..., None], toolbox: Toolbox
) -> Callable[..., tuple[Said, list[str]]]:
    """What was said by a provider, and the messages that are stored of it."""

    def ask(api: str, *script: list[str]) -> tuple[Said, list[str]]:
        with p.provider(*script) as provider:
            configured(OPENAI_BASE_URL=provider.url, MODEL_API=api, MODEL_SECONDS="20")
            alice = person()
            said = alice.say("Hello")
            stored = alice.items(said.thread)
        return said, [text_of(each) for each in stored if each["type"] == "assistant_message"]

    return ask


LATE = p.frame("response.output_text.delta", delta="Late", content_index=0, **AT)
AUDIO = {**p.item(p.text_part("All of it")), "content": [p.text_part("All of it"), {"type": "x"}]}
ODD: dict[str, list[str]] = {
    "a place that is far out": at_index(10**9),
    "a place before the first": at_index(-1),
    "events after the last": [*ANSWER, LATE, *p.whole("Another")[1:]],
    "two ends": [*ANSWER, p.completed(p.item(p.text_part("Another")))],
    "no ids of messages": changed(changed(ANSWER, '"msg_1"', "null"), "null, null", "null"),
    "a part of another kind": [
        *ANSWER[:-2],
        p.frame("response.output_item.done", output_index=0, item=AUDIO),
        p.completed(AUDIO),
    ],
    "an end without an output": [*ANSWER[:-1], p.frame("response.completed", response={"id": "r"})],
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_said_in_an_odd_stream_is_the_answer(hear: Any, name: str) -> None:
    said, stored = hear("responses", ODD[name])
    assert (said.of("error"), said.text, stored) == ([], "All of it", ["All of it"])
    places = [each["update"].get("content_index", 0) for each in said.of("thread.item.updated")]
    assert set(places) <= {0}


CHUNKS = p.chat_says("All of it")
ODD_CHUNKS: dict[str, list[str]] = {
    "choices without a place": changed(CHUNKS, '"index": 0, ', ""),
    "choices in another place": changed(CHUNKS, '"index": 0', '"index": 1'),
    "no place for probabilities": changed(CHUNKS, '"logprobs": null', '"logprobs": []'),
}


@pytest.mark.parametrize("name", ODD_CHUNKS)
def test_what_is_said_in_odd_chunks_is_the_answer(hear: Any, name: str) -> None:
    said, stored = hear("chat_completions", ODD_CHUNKS[name])
    assert (said.of("error"), said.text, stored) == ([], "All of it", ["All of it"])


@pytest.mark.parametrize(
    ("api", "said"),
    [
        ("responses", ANSWER),
        ("chat_completions", CHUNKS),
        ("chat_completions", CHUNKS[:-1]),
    ],
)
@pytest.mark.parametrize("silence", [p.HANG, p.PING])
def test_nobody_waits_for_a_connection_that_stays_open_after_the_answer(
    hear: Any, api: str, said: list[str], silence: str
) -> None:
    began = time.monotonic()
    heard, stored = hear(api, [*said, silence])
    assert (heard.of("error"), stored) == ([], ["All of it"])
    assert time.monotonic() - began < 10


def test_arguments_that_come_in_pieces_only_are_those_of_the_call(
    hear: Any, toolbox: Toolbox
) -> None:
    text = json.dumps({"title": "milk"})
    begun, *others = p.calls("add_task", "")
    pieces = [
        p.frame(
            "response.function_call_arguments.delta", item_id="fc_1", output_index=0, delta=each
        )
        for each in (text[:5], text[5:])
    ]
    said, _ = hear("responses", [begun, others[0], *pieces, *others[1:]], p.says("Done"))
    assert (said.text, toolbox.done) == ("Done", ["milk"])
