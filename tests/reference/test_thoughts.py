"""What models think aloud is no part of what they say, whoever serves them and however it comes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from . import providers as p
from .people import Said, text_of

THOUGHT = "They greet me.\nI greet <b>them</b>."
ALOUD = f"<think>\n{THOUGHT}\n</think>\n\nHello, Ann."


def pieces(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def responses(*said: str) -> list[str]:
    at = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    deltas = [p.frame("response.output_text.delta", delta=each, **at) for each in said]
    part = p.text_part("".join(said))
    return [
        *p.half()[:3],
        *deltas,
        p.frame("response.output_text.done", text="".join(said), logprobs=[], **at),
        p.frame("response.content_part.done", part=part, **at),
        p.frame("response.output_item.done", output_index=0, item=p.item(part)),
        p.completed(p.item(part)),
    ]


def chat(*said: str, finish: str = "stop") -> list[str]:
    chunks = [p.chunk({"role": "assistant", "content": each}) for each in said]
    return [*chunks, p.chunk({}, finish), p.DONE]


SPOKEN = {"responses": responses, "chat_completions": chat}


@pytest.fixture
def hear(person: Callable[..., Any], configured: Callable[..., None]) -> Callable[..., Any]:
    """What was said, what is stored of it, and what the model is told with the next message."""

    def ask(said: list[str], api: str, shown: str | None = None) -> tuple[Said, list[Any], str]:
        with p.provider(said) as provider:
            configured(OPENAI_BASE_URL=provider.url, MODEL_API=api, REASONING_SUMMARY=shown)
            alice = person()
            answer = alice.say("Hello")
            stored = alice.items(answer.thread)
            alice.say("And now?", answer.thread)
        return answer, stored, json.dumps(provider.bodies[-1])

    return ask


@pytest.mark.parametrize("api", SPOKEN)
@pytest.mark.parametrize("size", [1, 5, 1000])
def test_a_thought_is_neither_said_nor_stored_nor_told_again(
    hear: Any, api: str, size: int
) -> None:
    answer, stored, told = hear(SPOKEN[api](*pieces(ALOUD, size)), api)
    assert answer.text == "".join(map(text_of, stored)) == "Hello, Ann."
    assert (answer.of("error"), [each["type"] for each in stored][1:]) == (
        [],
        ["assistant_message"],
    )
    assert "greet" not in json.dumps([answer.events, stored, told])
    streamed = [each["update"] for each in answer.of("thread.item.updated")]
    assert "".join(each.get("delta", "") for each in streamed) == "Hello, Ann."


@pytest.mark.parametrize("api", SPOKEN)
@pytest.mark.parametrize("size", [1, 5, 1000])
def test_where_that_is_set_a_thought_is_shown_as_one(hear: Any, api: str, size: int) -> None:
    answer, stored, told = hear(SPOKEN[api](*pieces(ALOUD, size)), api, "auto")
    assert answer.text == "Hello, Ann."
    assert [each["type"] for each in stored] == ["user_message", "workflow", "assistant_message"]
    (task,) = stored[1]["workflow"]["tasks"]
    assert (task["type"], task["content"]) == ("thought", THOUGHT)
    assert "greet" not in told


@pytest.mark.parametrize("api", SPOKEN)
@pytest.mark.parametrize("size", [1, 1000])
@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("<think>\n\n</think>\n\nHello", "Hello"),
        ("  \n<think>a</think>Hello", "Hello"),
        ("<think>a</th></think>Hello", "Hello"),
        ("Use <think>a</think> here", "Use <think>a</think> here"),
        ("<thin air", "<thin air"),
        ("<thinking>a</thinking>b", "<thinking>a</thinking>b"),
        (" < 3", " < 3"),
        ("<think>a</think>b<think>c</think>", "b<think>c</think>"),
    ],
)
def test_only_the_beginning_of_an_answer_is_a_thought(
    hear: Any, api: str, size: int, said: str, kept: str
) -> None:
    answer, stored, _ = hear(SPOKEN[api](*pieces(said, size)), api)
    assert answer.text == "".join(map(text_of, stored)) == kept
    assert answer.of("error") == []


@pytest.mark.parametrize("api", SPOKEN)
@pytest.mark.parametrize("shown", [None, "auto"])
def test_a_thought_that_does_not_end_is_no_answer(hear: Any, api: str, shown: str | None) -> None:
    answer, stored, _ = hear(SPOKEN[api]("<think>\nThey gr", "eet me"), api, shown)
    assert "gave no answer" in answer.of("error")[0]["message"]
    assert "".join(map(text_of, stored)) == ""
    assert ("eet me" in json.dumps(stored)) is (shown == "auto")


def test_a_thought_that_is_cut_is_told_as_that(hear: Any) -> None:
    said = chat("<think>They greet", " me", finish="length")
    answer, stored, _ = hear(said, "chat_completions")
    assert "limit of its length" in answer.of("error")[0]["message"]
    assert "greet" not in json.dumps(stored)


SUMMED_UP = {
    "responses": [
        p.BEGUN,
        p.frame(
            "response.output_item.added",
            output_index=0,
            item={"id": "rs_1", "type": "reasoning", "summary": []},
        ),
        p.frame(
            "response.reasoning_summary_text.delta",
            item_id="rs_1",
            output_index=0,
            summary_index=0,
            delta=THOUGHT,
        ),
        *p.says("Hello, Ann.")[1:],
    ],
    "chat_completions": [
        p.chunk({"role": "assistant", "content": None, "reasoning_content": THOUGHT}),
        *p.chat_says("Hello, Ann."),
    ],
}


@pytest.mark.parametrize("api", SUMMED_UP)
@pytest.mark.parametrize("shown", [None, "auto"])
def test_what_a_provider_sums_up_is_shown_where_that_is_set(
    hear: Any, api: str, shown: str | None
) -> None:
    answer, stored, _ = hear(SUMMED_UP[api], api, shown)
    assert answer.text == "Hello, Ann."
    assert ("greet" in json.dumps([answer.events, stored])) is (shown == "auto")


def test_who_thinks_before_a_call_and_after_it_has_two_thoughts(
    hear: Any, toolbox: Any, configured: Callable[..., None], person: Callable[..., Any]
) -> None:
    call = p.chat_calls("add_task", '{"title": "milk"}')
    script = [[p.chunk({"content": "<think>One</think>"}), *call], chat("<think>Two</think>Done")]
    with p.provider(*script) as provider:
        configured(OPENAI_BASE_URL=provider.url, MODEL_API="chat_completions")
        configured(REASONING_SUMMARY="auto")
        alice = person()
        said = alice.say("Add milk")
    assert (said.text, said.of("error"), toolbox.done) == ("Done", [], ["milk"])
    steps = [each for each in alice.items(said.thread) if each["type"] == "workflow"]
    tasks = [task for each in steps for task in each["workflow"]["tasks"]]
    assert [task.get("title") or task["content"] for task in tasks] == ["One", "Add a task", "Two"]
