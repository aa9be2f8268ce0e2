"""Every end of an answer is told as what it is, and what was said of it is marked as cut."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from . import providers as p
from .people import text_of

FILTERED = "content filter"
BAD = 400, {"error": {"message": "No.", "type": "invalid_request_error", "code": None}}


def bad(message: str, status: int = 400, code: str | None = None) -> tuple[int, Any]:
    return status, {"error": {"message": message, "type": "invalid_request_error", "code": code}}


def in_stream(code: Any, message: str = "Provider returned error") -> str:
    return f'data: {{"error": {{"message": "{message}", "code": {code}}}}}\n\n'


ENDS: dict[str, tuple[Any, str, str]] = {
    "nothing": ([p.BEGUN, p.completed()], "gave no answer", ""),
    "blank": (p.says(" \n"), "gave no answer", ""),
    "cut": (
        [*p.half(), p.incomplete("max_output_tokens")],
        "limit of its length",
        "Half of it […]",
    ),
    "cut, whole item": (
        [*p.whole("Half of it", "incomplete"), p.incomplete("max_output_tokens")],
        "limit of its length",
        "Half of it […]",
    ),
    "cut, called completed": (
        [
            *p.half(),
            p.frame(
                "response.completed",
                response=p.response(
                    "incomplete", incomplete_details={"reason": "max_output_tokens"}
                ),
            ),
        ],
        "limit of its length",
        "Half of it […]",
    ),
    "cut, in other words": ([*p.half(), p.incomplete("max_tokens")], "length", "Half of it […]"),
    "called off": (
        [*p.half(), p.frame("response.completed", response=p.response("cancelled"))],
        "broke off",
        "Half of it […]",
    ),
    "called off by an event": (
        [*p.half(), p.frame("response.cancelled", response=p.response("cancelled"))],
        "broke off",
        "Half of it […]",
    ),
    "an event in pieces": ([*p.half(), 'data: {"type": "resp\n\n'], "broke off", "Half of it […]"),
    "overloaded": (
        [*p.half(), p.frame("error", error={"type": "overloaded_error", "message": "Overloaded"})],
        "too much to do",
        "Half of it […]",
    ),
    "cut before a word": ([p.BEGUN, p.incomplete("max_output_tokens")], "limit of its length", ""),
    "filtered": ([*p.half(), p.incomplete("content_filter")], FILTERED, "Half of it […]"),
    "failed": ([*p.half(), p.failed("server_error")], "had an error", "Half of it […]"),
    "failed at a limit": ([p.BEGUN, p.failed("rate_limit_exceeded")], "limit of requests", ""),
    "failed in words": ([p.BEGUN, p.failed(None, "Rate limit reached")], "limit of requests", ""),
    "failed over an image": ([p.BEGUN, p.failed("image_parse_error")], "did not accept", ""),
    "failed over a policy": ([p.BEGUN, p.failed("bio_policy")], FILTERED, ""),
    "error": (
        [*p.half(), p.frame("error", code="rate_limit_exceeded", message="x", param=None)],
        "limit of requests",
        "Half of it […]",
    ),
    "error without a code": ([p.BEGUN, p.frame("error", code=None, message="x")], "error", ""),
    "no end": (p.half(), "broke off", "Half of it […]"),
    "too long": (
        bad("Your input exceeds the context window of this model.", code="context_length_exceeded"),
        "too long",
        "",
    ),
    "filtered message": (bad("It triggered our content management policy."), FILTERED, ""),
    "not accepted": (BAD, "did not accept", ""),
    "not processed": (bad("Extra inputs", 422), "did not accept", ""),
    "too long, in a list": (
        (400, [bad("The input token count exceeds the maximum number of tokens allowed.")[1]]),
        "too long",
        "",
    ),
    "quota": (bad("You exceeded your current quota.", 429, "insufficient_quota"), "quota", ""),
    "limit": (bad("Rate limit reached", 429, "rate_limit_exceeded"), "limit of requests", ""),
    "refused as a success": (bad("Insufficient Balance", 200), "quota", ""),
    "no model": ((200, {"hello": "there"}), "OPENAI_BASE_URL", ""),
    "within a letter": ([*p.half(), b'data: {"type": "\xff'], "broke off", "Half of it […]"),
}
CHAT_ENDS: dict[str, tuple[Any, str, str]] = {
    "nothing": (p.chat_says(""), "gave no answer", ""),
    "cut": (p.chat_says("Half of it", "length"), "limit of its length", "Half of it […]"),
    "cut before a word": (p.chat_says("", "length"), "limit of its length", ""),
    "cut, in Mistral's words": (p.chat_says("Half", "model_length"), "length", "Half […]"),
    "filtered": (p.chat_says("Half of it", "content_filter"), FILTERED, "Half of it […]"),
    "filtered before a word": (p.chat_says("", "content_filter"), FILTERED, ""),
    "filtered, in Gemini's words": (p.chat_says("Half", "SPII"), FILTERED, "Half […]"),
    "filtered, in Zhipu's words": (p.chat_says("Half", "sensitive"), FILTERED, "Half […]"),
    "given up, in vLLM's words": (p.chat_says("Half", "abort"), "had an error", "Half […]"),
    "no end": (p.chat_says("Half of it", None), "broke off", "Half of it […]"),
    "an event in pieces": (
        [*p.chat_says("Half of it")[:2], 'data: {"id\n\n'],
        "broke off",
        "Half of it […]",
    ),
    "error": ([*p.chat_says("Half of it")[:2], in_stream(502)], "broke off", "Half of it […]"),
    "limit": ([*p.chat_says("Half of it")[:2], in_stream(429)], "limit", "Half of it […]"),
    "too long": (bad("This model's maximum context length is 8192 tokens."), "too long", ""),
    "no model": ((200, {"hello": "there"}), "OPENAI_BASE_URL", ""),
    "llama.cpp": (bad("the request exceeds the available context size"), "too long", ""),
    "a cut call": (
        [*p.chat_calls("add_task", '{"ti')[:1], p.chunk({}, "length"), p.DONE],
        "limit of its length",
        "",
    ),
}


@pytest.fixture
def end_of(
    person: Callable[..., Any], configured: Callable[..., None]
) -> Callable[..., tuple[list[str], str]]:
    """What one is told of an answer, and what is there of it when one comes back."""

    def ask(said: Any, api: str, seconds: str = "20") -> tuple[list[str], str]:
        with p.provider(said) as provider:
            configured(OPENAI_BASE_URL=provider.url, MODEL_API=api, MODEL_SECONDS=seconds)
            alice = person()
            answer = alice.say("Hello")
            stored = "".join(map(text_of, alice.items(answer.thread)))
        return [event["message"] for event in answer.of("error")], stored

    return ask


@pytest.mark.parametrize("name", ENDS)
def test_responses(end_of: Any, name: str) -> None:
    said, told, kept = ENDS[name]
    (message,), stored = end_of(said, "responses")
    assert told in message
    assert stored == kept


@pytest.mark.parametrize("name", CHAT_ENDS)
def test_chat_completions(end_of: Any, name: str) -> None:
    said, told, kept = CHAT_ENDS[name]
    (message,), stored = end_of(said, "chat_completions")
    assert told in message
    assert stored == kept


WORDS = "I cannot help with that."
WHOLE = p.item(p.text_part("All at once"))


@pytest.mark.parametrize(
    "said",
    [
        [p.BEGUN, p.completed(WHOLE)],
        [p.completed(WHOLE)],
        [
            p.BEGUN,
            p.frame("response.output_item.done", output_index=0, item=WHOLE),
            p.completed(WHOLE),
        ],
    ],
)
def test_what_is_said_at_the_end_only_is_an_answer(end_of: Any, said: list[str]) -> None:
    assert end_of(said, "responses") == ([], "All at once")


def test_what_is_begun_and_not_ended_is_an_answer(end_of: Any) -> None:
    assert end_of([*p.half("All of it"), p.completed()], "responses") == ([], "All of it")


ODD = {"type": "url_citation", "url": "https://a.example", "title": None, "start_index": 0}


def test_an_annotation_that_cannot_be_read_does_not_end_the_answer(end_of: Any) -> None:
    at = {"item_id": "msg_1", "output_index": 0, "content_index": 0, "annotation_index": 0}
    done = p.item({**p.text_part("All of it"), "annotations": [ODD, {"type": "mystery"}]})
    said = [
        *p.half("All of it"),
        p.frame("response.output_text.annotation.added", annotation=ODD, **at),
        p.frame("response.output_item.done", output_index=0, item=done),
        p.completed(done),
    ]
    assert end_of(said, "responses") == ([], "All of it")


AT = {"item_id": "msg_1", "output_index": 0, "content_index": 0, "logprobs": None}
NULLS = {"type": "output_text", "text": None, "annotations": None, "logprobs": None}


def test_null_is_taken_for_what_is_empty(end_of: Any) -> None:
    """As servers write it in whose language a list that holds nothing is null."""
    said = [
        *p.half("All of it"),
        p.frame("response.output_text.delta", delta=None, **AT),
        p.frame("response.output_item.done", output_index=0, item=p.item(NULLS)),
        p.frame("response.completed", response={**p.response(), "output": None}),
    ]
    assert end_of(said, "responses") == ([], "All of it")


SPOKEN = [p.chunk({"role": "assistant", "refusal": WORDS}), p.chunk({}, "stop"), p.DONE]


@pytest.mark.parametrize(
    ("said", "api"), [(p.refuses(WORDS), "responses"), (SPOKEN, "chat_completions")]
)
def test_a_refusal_is_told_in_its_own_words(end_of: Any, said: list[str], api: str) -> None:
    assert end_of(said, api) == ([], WORDS)


PARTS = [
    p.chunk({"role": "assistant", "content": [{"type": "thinking", "thinking": []}]}),
    p.chunk({"content": [{"type": "text", "text": "Said "}, {"type": "text", "text": None}]}),
    p.chunk({"content": ["in "]}),
    p.chunk({"content": {"text": "parts"}}),
    *(p.chunk({}, 1), p.DONE),
]


def test_what_a_provider_says_in_the_middle_is_logged(end_of: Any, caplog: Any) -> None:
    said = [p.chunk({"content": "Half"}), 'data: {"error": "model requires more memory"}\n\n']
    assert end_of(said, "chat_completions")[1] == "Half […]"
    assert "model requires more memory" in caplog.text


def test_an_answer_in_parts_is_put_together(end_of: Any) -> None:
    assert end_of(PARTS, "chat_completions") == ([], "Said in parts")


@pytest.mark.parametrize(
    ("said", "api"),
    [(p.says("All of it"), "responses"), (p.chat_says("All of it")[:-1], "chat_completions")],
)
def test_a_connection_that_breaks_after_the_last_word_has_cut_nothing(
    end_of: Any, said: list[str], api: str
) -> None:
    assert end_of([*said, p.BREAK], api) == ([], "All of it")


@pytest.mark.parametrize(
    ("said", "api"), [(p.half(), "responses"), (p.chat_says("Half of it")[:2], "chat_completions")]
)
def test_a_connection_that_breaks_has_cut_the_answer(
    end_of: Any, said: list[str], api: str
) -> None:
    (message,), stored = end_of([*said, p.BREAK], api)
    assert "connection" in message
    assert stored == "Half of it […]"


@pytest.mark.parametrize("silence", [p.HANG, p.PING])
@pytest.mark.parametrize(("begun", "kept"), [([], ""), (p.half(), "Half of it […]")])
def test_a_model_that_falls_silent_is_given_up(
    end_of: Any, silence: str, begun: list[str], kept: str
) -> None:
    (message,), stored = end_of([*begun, silence], "responses", "1.5")
    assert "in time" in message
    assert stored == kept


# After the third of these, the client takes every empty line for one more.
WITHOUT_DATA = (
    *("data:\n\n", "event: ping\n\n", "id: 7\n\n\n", "data: \n\n", "retry: 9\n\n"),
    *("data: null\n\n", "data: {}\n\n", "data: []\n\n", "data: 1\n\n", 'data: "ping"\n\n'),
    *('data: {"type": "ping"}\n\n', 'data: {"type": null}\n\n', 'data: {"error": null}\n\n'),
)


@pytest.mark.parametrize(
    ("said", "api"),
    [(p.says("All of it"), "responses"), (p.chat_says("All of it"), "chat_completions")],
)
def test_an_event_without_data_is_none(end_of: Any, said: list[str], api: str) -> None:
    between = [each for frame in said for each in (*WITHOUT_DATA, frame)]
    assert end_of(between, api) == ([], "All of it")
